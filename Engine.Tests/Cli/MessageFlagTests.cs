using System.Globalization;
using TlsFsm.Cli.Rendering;

namespace TlsFsm.Tests.Cli;

/// <summary><c>--msg</c> and <c>--msg-hex</c> of both commands, and a trace that is there while it happens.</summary>
public sealed class MessageFlagTests
{
    private const string Request = "GET / HTTP/1.0\r\n\r\n";

    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task Both_ends_print_a_line_for_each_message_and_none_for_data(string version)
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once", "--msg"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", version, "--msg"]);
        var served = await server.ResultAsync();

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Errors, Does.Match(@"^>>> TLS Handshake ClientHello \(\d+ bytes\)\n"));
        Assert.That(
            client.Errors,
            Does.Contain($"\n<<< TLS {version} Handshake ServerHello (").And.Contain($"\n>>> TLS {version} ChangeCipherSpec (1 bytes)\n"));
        Assert.That(client.Errors, Does.Match($@"\n>>> TLS {version} Handshake Finished \(\d+ bytes, encrypted\)\n"));
        Assert.That(client.Errors, Does.Match($@"\n<<< TLS {version} Alert warning CloseNotify \(2 bytes, encrypted\)\n"));
        Assert.That(client.Errors.TrimEnd('\n').Split('\n'), Is.All.Match(@"^(>>>|<<<) TLS"));
        Assert.That(served.Errors.TrimEnd('\n').Split('\n')[..^1], Is.All.Match(@"^#1 (>>>|<<<) TLS"));
        Assert.That(served.Errors, Does.Match(@"^#1 <<< TLS Handshake ClientHello \(\d+ bytes\)\n"));
    }

    [Test]
    public async Task The_bytes_are_those_that_both_ends_see()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once", "--msg-hex"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--msg-hex"]);
        var served = await server.ResultAsync();

        var sent = Dump(client.Errors, ">>> TLS Handshake ClientHello", "");
        Assert.That(sent[0], Is.EqualTo(1));
        Assert.That(sent, Has.Length.EqualTo(4 + (sent[1] << 16 | sent[2] << 8 | sent[3])));
        Assert.That(Dump(served.Errors, "#1 <<< TLS Handshake ClientHello", "#1 "), Is.EqualTo(sent));
        Assert.That(client.Errors, Does.Contain("localhost"), "letters are shown beside the bytes");
    }

    [Test]
    public async Task What_is_refused_is_printed_before_the_alert()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once", "--msg"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.OtherRoot, "--tls", "1.3", "--msg"]);
        var served = await server.ResultAsync();

        Assert.That(
            client.Errors,
            Does.Match(@"(?s)<<< TLS 1\.3 Handshake Certificate \(\d+ bytes, encrypted\)\n.*>>> TLS 1\.3 Alert fatal UnknownCa \(2 bytes, encrypted\)\n"));
        Assert.That(served.Errors, Does.Contain("#1 <<< TLS 1.3 Alert fatal UnknownCa (2 bytes, encrypted)\n"));
    }

    [Test]
    public async Task A_trace_and_the_messages_are_there_while_the_handshake_still_runs()
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var silent = LoopbackServer.Start(_ => answer.Task, connections: 1);

        await using var client = CliRun.Start("connect", $"127.0.0.1:{silent.Port}", "--insecure", "--trace", "--msg");
        await client.Errors.WaitForAsync("Tls: Unwrapped --Connected--> DoHandshake\n");
        await client.Errors.WaitForAsync(">>> TLS Handshake ClientHello (");

        Assert.That(client.Ended.IsCompleted, Is.False);
        answer.SetResult();
        var result = await client.ResultAsync();
        Assert.That(result.Errors, Does.Contain("Tls: DoHandshake --EndOfStream--> Unwrapped\n"));
    }

    [Test]
    public void Malformed_messages_and_unknown_numbers_are_printed_as_they_are_and_letters_do_no_harm()
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        var trace = new MessageTrace(text, withBytes: true);

        trace.Print(new TlsMessage { IsSent = false, ContentType = TlsContentType.Alert, Bytes = [3, 200], IsProtected = false });
        trace.Print(new TlsMessage { IsSent = false, ContentType = TlsContentType.Alert, Bytes = [1], IsProtected = false });
        trace.Print(
            new TlsMessage { IsSent = false, ContentType = TlsContentType.Handshake, Bytes =
                [99, 0, 0, 2, 0x1B, (byte)'A'], IsProtected = true });

        Assert.That(text.ToString().ReplaceLineEndings("\n"), Is.EqualTo(
            """
            <<< TLS Alert level 3 200 (2 bytes)
                0000  03 c8                                            ..
            <<< TLS Alert (1 bytes)
                0000  01                                               .
            <<< TLS Handshake 99 (6 bytes, encrypted)
                0000  63 00 00 02 1b 41                                c....A

            """.ReplaceLineEndings("\n")));
    }

    /// <summary>The bytes below a line.</summary>
    private static byte[] Dump(string text, string line, string name)
    {
        var lines = text.Split('\n').SkipWhile(one => !one.StartsWith(line, StringComparison.Ordinal)).Skip(1);
        var dump = lines.TakeWhile(one => one.StartsWith($"{name}    ", StringComparison.Ordinal)).Select(
            one => one.Substring(name.Length + 10, 47));
        return Convert.FromHexString(string.Concat(dump).Replace(" ", "", StringComparison.Ordinal));
    }
}
