using TlsFsm.Cli;
using TlsFsm.Cli.Connecting;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary><c>connect --session</c>: what is kept is resumed and a secret; what is bad costs a full handshake, and no more.</summary>
internal sealed class SessionFileTests
{
    private PemFolder _files = null!;

    private string Session => _files.PathOf("kept.session");

    [SetUp]
    public void SetUp() => _files = new PemFolder();

    [TearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public async Task The_second_connection_resumes_what_the_first_has_kept([Values("1.2", "1.3")] string version)
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;

        var first = await ConnectAsync(port, "--tls", version);
        var kept = await File.ReadAllTextAsync(Session);
        var second = await ConnectAsync(port, "--tls", version);

        Assert.That(first.Errors, Does.Not.Contain("session"));
        Assert.That(second.Errors, Does.Contain($"session resumed from '{Session}'"));
        Assert.That(kept, Does.StartWith("Secret: ").And.Contain("BEGIN TLSFSM SESSION"));
        if (!OperatingSystem.IsWindows())
            Assert.That(File.GetUnixFileMode(Session), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        if (version == "1.3")
            Assert.That(await File.ReadAllTextAsync(Session), Is.Not.EqualTo(kept), "a ticket of TLS 1.3 is used once");
    }

    [Test]
    public async Task A_session_of_OpenSSLs_server_is_resumed()
    {
        ExternalTool.Require("openssl");
        await using var openssl = ExternalTool.Start(
            "openssl", "s_server", "-www", "-accept", "127.0.0.1:0",
            "-cert", _files.Certificate, "-cert_chain", _files.Certificate, "-key", _files.Key);
        await openssl.WaitForAsync("ACCEPT 127.0.0.1:");
        var port = int.Parse(
            openssl.Output.Split("ACCEPT 127.0.0.1:")[1].Split('\n')[0].Trim(), System.Globalization.CultureInfo.InvariantCulture);

        await ConnectAsync(port, "GET / HTTP/1.0\r\n\r\n", []);
        var second = await ConnectAsync(port, "GET / HTTP/1.0\r\n\r\n", []);

        Assert.That(second.Errors, Does.Contain("session resumed from"));
        Assert.That(second.Data, Does.Contain("Reused, TLSv1.3"));
    }

    [Test]
    public async Task What_cannot_be_resumed_is_told_and_the_handshake_is_a_full_one()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await ConnectAsync(port);
        var kept = await File.ReadAllTextAsync(Session);
        var middle = kept.Length / 2;

        foreach (var (content, told) in (IEnumerable<(string, string)>)
            [
                ("", "is damaged"),
                ("rubbish", "is damaged"),
                (kept[..middle], "is damaged"),
                (kept[..middle] + (kept[middle] == 'A' ? 'B' : 'A') + kept[(middle + 1)..], "is damaged"),
                (kept.Replace("TLSFSM SESSION", "CERTIFICATE"), "is damaged"),
                (new string('x', 5 << 20), "is damaged"),
            ])
        {
            await File.WriteAllTextAsync(Session, content);
            var result = await ConnectAsync(port);
            Assert.That(result.ExitCode, Is.Zero, result.Errors);
            Assert.That(result.Errors, Does.Contain(told).And.Not.Contain("resumed from"));
            Assert.That(await File.ReadAllTextAsync(Session), Does.Contain("BEGIN TLSFSM SESSION"), "the new one is kept");
        }

        await File.WriteAllTextAsync(Session, kept);
        var other = await ConnectAsync(port, "--groups", "secp256r1");
        Assert.That(other.Errors, Does.Contain("is with another server, or was made under other settings"));

        // Of the same name, with keys of its own.
        await File.WriteAllTextAsync(Session, kept);
        var (another, anothersPort) = await CliRun.ServeAsync(_files.Credential);
        await using var __ = another;
        var forgotten = await ConnectAsync(anothersPort);
        Assert.That(forgotten.Errors, Does.Contain("the server has not resumed the session"));
        Assert.That(forgotten.ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_place_where_no_file_can_be_is_told_before_anything_is_sent()
    {
        var nowhere = await CliRun.ToEndAsync("connect", "localhost:1", "--session", _files.PathOf("no/such/folder"));
        var folder = await CliRun.ToEndAsync("connect", "localhost:1", "--session", Path.GetDirectoryName(Session)!);

        Assert.That((nowhere.ExitCode, folder.ExitCode), Is.EqualTo((3, 3)));
        Assert.That(nowhere.Errors, Does.Contain("--session: ").And.Contain("is not a file in a folder that is there"));
        Assert.That(folder.Errors, Does.Contain("is not a file in a folder that is there"));
    }

    [TestCase("--insecure", "--insecure accepts any certificate, so --session makes no sense with it.")]
    [TestCase("--psk=me:000102030405060708090a0b0c0d0e0f", "--psk keeps no session")]
    public async Task Options_that_no_session_can_be_bound_to_are_refused(string option, string told)
    {
        var result = await CliRun.ToEndAsync("connect", "localhost:1", "--session", Session, option);

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Errors, Does.Contain(told));
    }

    [Test]
    public async Task A_file_that_others_can_read_is_warned_of_and_closed_to_them()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Ignore("There are no modes on Windows.");
            return;
        }

        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await ConnectAsync(port);
        File.SetUnixFileMode(Session, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var result = await ConnectAsync(port);

        Assert.That(result.Errors, Does.Contain("is open to other users of this machine"));
        Assert.That(File.GetUnixFileMode(Session), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public async Task Where_files_have_no_modes_a_session_is_kept_and_resumed_without_them()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        using var errors = new StringWriter();
        var terminal = new Terminal { Input = Stream.Null, Output = Stream.Null, Out = TextWriter.Null, Error = errors };

        var resumed = new List<bool>();
        for (var i = 0; i < 2; i++)
        {
            var file = SessionFile.Open(Session, terminal, hasModes: false);
            var options = new TlsClientOptions
            {
                TargetHost = "localhost",
                Verification = CertificateVerification.TrustedRootsFromFiles(_files.Root),
                SessionCache = file,
            };
            await using (var stream = await TlsClient.OpenStreamAsync("localhost", port, options).WaitAsync(Wait.Limit))
            {
                // What is echoed comes behind the tickets.
                await stream.WriteAsync("x"u8.ToArray());
                await stream.ReadExactlyAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit);
                resumed.Add(stream.Connection.Session!.IsResumed);
            }

            file.Save();
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Session, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        }

        Assert.That(resumed, Is.EqualTo(new[] { false, true }));
        Assert.That(errors.ToString(), Is.Empty, "nobody is told of modes");
    }

    private Task<CliResult> ConnectAsync(int port, params string[] options) => ConnectAsync(port, "", options);

    private Task<CliResult> ConnectAsync(int port, string input, string[] options) =>
        CliRun.ToEndAsync(input, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--session", Session, .. options]);
}
