using TlsFsm.Cli;

namespace TlsFsm.Tests.Cli;

/// <summary>The variable is the process's: these tests set it for as long as they run.</summary>
[NonParallelizable]
public sealed class KeyLogFileTests
{
    private PemFolder _files = null!;
    private string _log = "";

    [SetUp]
    public void SetUp()
    {
        _files = new PemFolder();
        _log = Path.GetTempFileName();
    }

    [TearDown]
    public void TearDown()
    {
        Environment.SetEnvironmentVariable(KeyLogFile.Variable, null);
        _files.Dispose();
        File.Delete(_log);
    }

    [Test]
    public async Task Both_ends_write_the_same_secrets_and_warn()
    {
        Environment.SetEnvironmentVariable(KeyLogFile.Variable, _log);
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once"]);
        await using var _ = server;

        await using var connecting = CliRun.Start("connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", "1.3");
        await connecting.SendAsync("x"u8.ToArray());
        await connecting.Output.WaitForLengthAsync(1);
        connecting.Cancel();
        var client = await connecting.ResultAsync();

        Assert.That(client.Errors, Does.Contain($"warning: SSLKEYLOGFILE: the secrets of every connection go to '{_log}'"));
        var lines = await File.ReadAllLinesAsync(_log);
        Assert.That(lines, Has.Length.EqualTo(10), "five lines from each end");
        Assert.That(lines.Distinct().Count(), Is.EqualTo(5));
    }

    [Test]
    public async Task A_file_that_cannot_be_written_stops_the_run_before_it_begins()
    {
        Environment.SetEnvironmentVariable(KeyLogFile.Variable, Path.Combine(_log, "not a folder"));

        var client = await CliRun.ToEndAsync("connect", "localhost:1");

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Usage));
        Assert.That(client.Errors, Does.Contain("SSLKEYLOGFILE"));
    }
}
