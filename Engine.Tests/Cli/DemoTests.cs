using System.Text.RegularExpressions;
using TlsFsm.Cli;

namespace TlsFsm.Tests.Cli;

public sealed class DemoTests
{
    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task Every_byte_comes_back_and_both_ends_walk_the_whole_way(string version)
    {
        var result = await CliRun.ToEndAsync("demo", "--size", "1", "--tls", version);

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Text, Does.Contain($"TLS {version}"));
        Assert.That(result.Text, Does.Match(@"Peer's certificate\W+CN=localhost").And.Match(@"Issued by\W+CN=TlsFsm demo root"));
        Assert.That(result.Text, Does.Contain("Every byte came back, and both ends ended clean."));
        Assert.That(result.Text, Does.Match(@"Client ended \W+ Clean").And.Match(@"Server ended \W+ Clean"));
        Assert.That(result.Text, Does.Match(@"\d+ MiB/s in each direction"));
        Assert.That(Regex.Count(result.Text, @"Tls\W+DoHandshake\W+HandshakeCompleted\W+Wrapped"), Is.EqualTo(2), "at both ends");
        Assert.That(Regex.Count(result.Text, @"Tls\W+Shutdown\W+TransportLost\W+Unwrapped"), Is.EqualTo(2), "at both ends");
        Assert.That(result.Text, Does.Match(@"Tls\W+Wrapped\W+CloseRequested\W+Flushing"), "the client's");
        Assert.That(result.Text, Does.Match(@"Tls\W+Wrapped\W+CloseNotifyReceived\W+Flushing"), "the server's");
    }

    [Test]
    public async Task Without_a_terminal_there_are_plain_lines_and_no_escapes()
    {
        var result = await CliRun.ToEndAsync("demo", "--size", "1");

        Assert.That(result.Text, Does.Contain("echoed 25 %").And.Contain("echoed 75 %"));
        Assert.That(result.Text, Does.Not.Contain("\e"));
    }

    [Test]
    public async Task Cancelled_in_the_middle_it_closes_in_order_and_says_so()
    {
        await using var run = CliRun.Start("demo", "--size", "16384");

        await run.Out.WaitForAsync("the echo begins");
        run.Cancel();
        var result = await run.ResultAsync();

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Cancelled));
        Assert.That(
            result.Errors,
            Does.Match("^tlsfsm: cancelled after \\d+ of 16384 MiB; the client ended (Clean|Unanswered), the server Clean\n$"));
        Assert.That(result.Text, Does.Not.Contain("Every byte came back"));
    }
}
