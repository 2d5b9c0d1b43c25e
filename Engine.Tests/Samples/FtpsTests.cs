using System.Globalization;
using System.Text.RegularExpressions;
using TlsFsm.Samples.Ftps;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>The FTPS client against vsftpd, and its return to plaintext against CPython's ssl module.</summary>
[CancelAfter(60_000)]
public sealed partial class FtpsTests
{
    private PemFolder _files = null!;

    [SetUp]
    public void CreateFiles() => _files = new PemFolder();

    [TearDown]
    public void DeleteFiles() => _files.Dispose();

    [Test]
    public async Task Files_are_listed_fetched_and_stored_over_data_connections_that_resume()
    {
        await using var server = await StartVsftpdAsync();
        var content = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31)).ToArray();
        await File.WriteAllBytesAsync(_files.PathOf("sent"), content);

        var list = await RunAsync(server.Port, "list");
        var put = await RunAsync(server.Port, "put", _files.PathOf("sent"), "stored.bin");
        var get = await RunAsync(server.Port, "get", "stored.bin", _files.PathOf("fetched"));

        Assert.That(list.Output, Does.Match("(?s)^control: Tls1[23], .*a-file\\.txt.*\ndone\n$"));
        Assert.That((list.ExitCode, put.ExitCode, get.ExitCode), Is.EqualTo((0, 0, 0)), list.Output + put.Output + get.Output);
        Assert.That(await File.ReadAllBytesAsync(Path.Combine(server.Root, "stored.bin")), Is.EqualTo(content));
        Assert.That(await File.ReadAllBytesAsync(_files.PathOf("fetched")), Is.EqualTo(content));
    }

    [Test]
    public async Task A_refusal_of_the_server_is_told()
    {
        await using var server = await StartVsftpdAsync();

        var (exitCode, output) = await RunAsync(server.Port, "get", "missing.bin", _files.PathOf("fetched"));

        Assert.That((exitCode, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.Contain("failed: The server refuses: 550"));
    }

    [Test]
    public async Task The_control_connection_may_return_to_plaintext()
    {
        await using var server = StartPython("accept");

        var (exitCode, output) = await RunAsync(await PortOfAsync(server), "--ccc", "list");

        Assert.That(exitCode, Is.Zero, $"{output}\n{server.Output}\n{server.Errors}");
        Assert.That(output, Does.EndWith("a-file.txt\r\ncontrol: in the clear\ndone\n"));
        Assert.That(await server.WaitForExitAsync(), Is.Zero, server.Errors);
        Assert.That(server.Output.ReplaceLineEndings("\n"), Does.EndWith("resumed\nTLS CCC\nplain QUIT\n").And.Not.Contain("not resumed"));
    }

    [Test]
    public async Task A_server_that_refuses_plaintext_is_left_under_TLS()
    {
        await using var server = StartPython("refuse");

        var (exitCode, output) = await RunAsync(await PortOfAsync(server), "--ccc", "list");

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.EndWith("failed: The server refuses: 534 no\n"));
    }

    [Test]
    public async Task A_control_connection_that_is_cut_does_not_go_on_in_the_clear()
    {
        await using var server = StartPython("cut");

        var (exitCode, output) = await RunAsync(await PortOfAsync(server), "--ccc", "list");

        Assert.That(exitCode, Is.EqualTo(1));
        Assert.That(output, Does.EndWith("failed: The connection ended instead of going on in the clear.\n"));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(int port, params string[] action)
    {
        using var output = new CapturedText();
        var exitCode =
            await FtpsCommand.RunAsync(["localhost", $"{port}", _files.Root, "anonymous", .. action], new StringReader("guest\n"), output)
            .WaitAsync(ExternalTool.Patience);
        return (exitCode, output.Text);
    }

    private ExternalTool StartPython(string ccc)
    {
        ExternalTool.Require("python3");
        return ExternalTool.Start(
            "python3", Path.Combine(TestContext.CurrentContext.TestDirectory, "Samples", "ftps_server.py"), _files.Certificate,
            _files.Key, ccc);
    }

    private static async Task<int> PortOfAsync(ExternalTool server) =>
        int.Parse((await server.WaitForAsync(PortLine())).Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("port ([0-9]+)")]
    private static partial Regex PortLine();

    private Task<Vsftpd> StartVsftpdAsync() => Vsftpd.StartAsync(_files.PathOf(""), _files.Certificate, _files.Key);
}
