using TlsFsm.Cli.Arguments;

namespace TlsFsm.Tests.Cli;

public sealed class HostPortTests
{
    [TestCase("example.org:443", "example.org", 443)]
    [TestCase("127.0.0.1:1", "127.0.0.1", 1)]
    [TestCase("[::1]:65535", "::1", 65535)]
    [TestCase("[fe80::1%1]:443", "fe80::1%1", 443)]
    public void Names_and_addresses_are_taken_apart_and_put_together_again(string text, string host, int port)
    {
        var isParsed = HostPort.TryParse(text, out var value, out var error);

        Assert.That(isParsed, Is.True, error);
        Assert.That(value, Is.EqualTo(new HostPort(host, port)));
        Assert.That(value!.ToString(), Is.EqualTo(text));
    }

    [TestCase("", "port is missing")]
    [TestCase(":443", "host is missing")]
    [TestCase("a b:443", "host is missing")]
    [TestCase("example.org:", "from 1 to 65535")]
    [TestCase("example.org:+1", "from 1 to 65535")]
    [TestCase("example.org: 1", "from 1 to 65535")]
    [TestCase("example.org:70000", "from 1 to 65535")]
    [TestCase("[::1]", "port is missing")]
    [TestCase("[::1]443", "port is missing")]
    [TestCase("[::1:443", "brackets must hold an IPv6 address")]
    [TestCase("[example.org]:443", "brackets must hold an IPv6 address")]
    [TestCase("[127.0.0.1]:443", "brackets must hold an IPv6 address")]
    [TestCase("fe80::1:443", "write an IPv6 address in brackets")]
    public void What_is_wrong_is_said(string text, string said)
    {
        var isParsed = HostPort.TryParse(text, out _, out var error);

        Assert.That(isParsed, Is.False);
        Assert.That(error, Does.StartWith($"'{text}'").And.Contain(said));
    }
}
