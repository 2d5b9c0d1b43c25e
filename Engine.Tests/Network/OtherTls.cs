using System.Net;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Talks of ours with other people's TLS programs over loopback.</summary>
internal static class OtherTls
{
    /// <summary>Our server and an <c>openssl s_client</c> that sends a line and has it echoed.</summary>
    /// <returns>How the server's side ended, what it had settled, and what the client printed.</returns>
    public static Task<(TlsConnection Server, Exception? Failure, string Output)> ServeOpenSslAsync(
        TlsServerOptions options, params string[] arguments) =>
        ServeAsync(options, "echo me\n", port => ExternalTool.Start(
            "openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-brief", "-CAfile", RootFile, "-verify_return_error", .. arguments]));

    /// <summary>Our server and a client program.</summary>
    /// <param name="options">The server's.</param>
    /// <param name="text">The client's input: it is ended when this has come back, or with the client.</param>
    /// <param name="start">Starts the client, given the port.</param>
    public static async Task<(TlsConnection Server, Exception? Failure, string Output)> ServeAsync(
        TlsServerOptions options, string text, Func<int, ExternalTool> start)
    {
        var ended = new TaskCompletionSource<(TlsConnection, Exception?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options, () => new EchoProtocol(),
            new TlsListenerOptions { ConnectionEnded = (connection, failure) => ended.TrySetResult((connection, failure)) });
        await using var client = start(listener.LocalEndPoint.Port);
        await client.WriteAsync(text);
        var echoed = client.WaitForAsync(text.Trim());
        await Task.WhenAny(echoed, ended.Task);
        client.CloseInput();
        var (server, failure) = await ended.Task.WaitAsync(ExternalTool.Patience);
        await client.WaitForExitAsync();
        if (failure is null)
            await echoed;
        else
            _ = echoed.Exception;

        return (server, failure, client.Output + client.Errors);
    }

    /// <summary>Our client and an <c>openssl s_server</c> that sends lines back in reverse.</summary>
    /// <returns>What our side settled.</returns>
    public static async Task<(TlsSessionInfo Session, string Output)> ConnectToOpenSslAsync(
        TlsClientOptions options, TlsCredential? credential, params string[] arguments)
    {
        var folder = NewFolder();
        string[] identity = [];
        if (credential is not null)
        {
            var (chain, key, _) = TestCertificates.WritePem(credential, folder);
            identity = ["-cert", chain, "-cert_chain", chain, "-key", key];
        }
        else
        {
            identity = ["-nocert"];
        }

        await using var server = ExternalTool.Start("openssl", ["s_server", "-accept", "127.0.0.1:0", "-rev", .. identity, .. arguments]);
        await using var stream = await TlsClient.OpenStreamAsync("127.0.0.1", await OpenSslPeer.PortOfAsync(server), options);
        await stream.WriteAsync("abc\n"u8.ToArray());
        var answer = new byte[4];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(ExternalTool.Patience);
        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("cba\n"));
        return (stream.Connection.Session!, server.Output + server.Errors);
    }

    /// <summary>The root of the tests as a PEM file.</summary>
    public static string RootFile { get; } = WriteRoot();

    /// <summary>A folder for one test's files.</summary>
    public static string NewFolder() =>
        Directory.CreateDirectory(Path.Combine(TestContext.CurrentContext.WorkDirectory, "tls", Guid.NewGuid().ToString("N"))).FullName;

    public static int PortOf(string output)
    {
        var at = output.IndexOf("ACCEPT 127.0.0.1:", StringComparison.Ordinal) + "ACCEPT 127.0.0.1:".Length;
        return int.Parse(new string([.. output[at..].TakeWhile(char.IsAsciiDigit)]), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string WriteRoot()
    {
        var path = Path.Combine(NewFolder(), "root.pem");
        File.WriteAllText(path, TestCertificates.Root.ExportCertificatePem() + "\n");
        return path;
    }
}
