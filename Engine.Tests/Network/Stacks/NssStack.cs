using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>
/// Mozilla's NSS, by its own tools: <c>tstclnt</c> sends a file and prints the answer, <c>selfserv</c> is a web server that gives files.
/// </summary>
internal sealed class NssStack : OtherStack
{
    private const string Nickname = "own";
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> Databases = new();
    private static readonly Lazy<string> ContentFile = new(() => PemFiles.Write("nss-content", Encoding.Latin1.GetString(StackTable.Content)));
    private static int _count;

    /// <summary>It waits for the end of the server, who therefore goes first.</summary>
    public override Task ServeAsync(TlsStream stream) => OurServer.EchoAsync(stream, StackTable.Content.Length);

    public override async Task RunClientAsync(int port, StackOrders orders)
    {
        await using var client = ExternalTool.Start("tstclnt", [
            "-h", TestCertificates.Host, "-4", "-p", Text(port), "-d", await DatabaseAsync(orders.Credential), "-V", Range(orders),
            "-u", "-G", "-A", ContentFile.Value,
            .. orders.Rounds > 1 ? ["-L", Text(orders.Rounds)] : Array.Empty<string>(),
            .. orders.Credential is null ? Array.Empty<string>() : ["-n", Nickname]]);

        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
        var expected = string.Concat(Enumerable.Repeat(Encoding.Latin1.GetString(StackTable.Content), orders.Rounds));
        Assert.That(client.Output == expected, $"All comes back as it was; {client.Output.Length} of {expected.Length} did.{client.Errors}");
    }

    public override async Task<(ExternalTool Tool, int Port)> StartServerAsync(StackOrders orders)
    {
        var database = await DatabaseAsync(orders.Credential);
        var isRsa = orders.Credential!.Certificate.GetKeyAlgorithm() == "1.2.840.113549.1.1.1";
        return await StartListeningAsync(port => ExternalTool.Start("selfserv", [
            "-d", database, isRsa ? "-n" : "-e", Nickname, "-p", Text(port), "-V", Range(orders), "-u", "-G", "-v",
            .. orders.ApplicationProtocol is null ? Array.Empty<string>() : ["-Q"],
            .. orders.DemandsCertificate ? ["-r", "-r"] : Array.Empty<string>()]));
    }

    /// <summary>It takes requests of up to 10 KB, and gives files of any size.</summary>
    public override async Task TalkAsync(Stream stream)
    {
        await stream.WriteAsync($"GET /{ContentFile.Value} HTTP/1.0\r\nX-Filling: {new string('x', 8000)}\r\n\r\n");
        var answer = await stream.ReadToEndAsync();

        var from = answer.AsSpan().IndexOf("\r\n\r\n"u8) + 4;
        Assert.That(answer.AsSpan(from).StartsWith(StackTable.Content), "The file comes as it is.");
    }

    private static string Range(StackOrders orders) => orders.Version == Cases.Tls13 ? "tls1.3:tls1.3" : "tls1.2:tls1.2";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>What it reads keys and roots from.</summary>
    private static Task<string> DatabaseAsync(TlsCredential? credential)
    {
        var pem = credential is null ? null : PemFiles.Of(credential);
        return Databases.GetOrAdd(pem?.Leaf ?? "", _ => new Lazy<Task<string>>(() => CreateAsync(pem))).Value;
    }

    private static async Task<string> CreateAsync(PemFiles? own)
    {
        var folder = PemFiles.NewFolder($"nss-{Interlocked.Increment(ref _count)}");
        var database = "sql:" + folder;
        await RunAsync("certutil", "-N", "-d", database, "--empty-password");
        await RunAsync("certutil", "-A", "-d", database, "-n", "root", "-t", "CT,C,C", "-i", PemFiles.Root);
        if (own is not null)
        {
            var file = Path.Combine(folder, "own.p12");
            await RunAsync(
                "openssl", "pkcs12", "-export", "-in", own.Leaf, "-inkey", own.Key, "-certfile", own.Intermediates!, "-name", Nickname,
                "-out", file, "-passout", "pass:");
            await RunAsync("pk12util", "-d", database, "-i", file, "-W", "", "-K", "");
        }

        return database;
    }

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        var (exitCode, output, errors) = await ExternalTool.RunAsync(tool, "", arguments);
        Assert.That(exitCode, Is.Zero, $"{tool} {string.Join(' ', arguments)}\n{output}{errors}");
    }
}
