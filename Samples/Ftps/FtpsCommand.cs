using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Samples.Ftps;

/// <summary>The command line of an FTP client that protects both of its connections.</summary>
internal static class FtpsCommand
{
    private const string Usage = """
        usage: Ftps <host> <port> <roots.pem> <user> [--ccc] list
               Ftps <host> <port> <roots.pem> <user> [--ccc] get <name> <file>
               Ftps <host> <port> <roots.pem> <user> [--ccc] put <file> <name>
        The password is the first line of standard input. --ccc: the control connection goes on in the clear after the transfer.
        """;

    /// <returns>0 when all went well, 1 when not, 2 for arguments that make no sense.</returns>
    public static async Task<int> RunAsync(string[] args, TextReader input, TextWriter output)
    {
        var isClearedAfterwards = args.Contains("--ccc");
        if (args.Where(argument => argument != "--ccc").ToArray() is not [var host, var port, var roots, var user, .. var action]
            || action is not (["list"] or ["get", _, _] or ["put", _, _]))
        {
            await output.WriteLineAsync(Usage);
            return 2;
        }

        try
        {
            var trusted = new X509Certificate2Collection();
            trusted.ImportFromPemFile(roots);
            await using var client = await FtpsClient.ConnectAsync(
                host, int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture), CertificateVerification.TrustedRoots(trusted));
            await output.WriteLineAsync($"control: {client.Protocol}");
            await client.LogInAsync(user, await input.ReadLineAsync() ?? "");
            switch (action)
            {
                case ["list"]:
                    await output.WriteAsync(await client.ListAsync());
                    break;
                case ["get", var name, var path]:
                    await using (var file = File.Create(path))
                        await client.GetAsync(name, file);
                    break;
                case ["put", var path, var name]:
                    await using (var file = File.OpenRead(path))
                        await client.PutAsync(file, name);
                    break;
            }

            if (isClearedAfterwards)
            {
                await client.ClearControlChannelAsync();
                await output.WriteLineAsync("control: in the clear");
            }

            await client.QuitAsync();
            await output.WriteLineAsync("done");
            return 0;
        }
        catch (Exception exception) when (exception is IOException or TimeoutException or System.Net.Sockets.SocketException
            or ArgumentException)
        {
            await output.WriteLineAsync($"failed: {exception.Message}");
            return 1;
        }
    }
}
