using System.Net.Sockets;
using TlsFsm.Cli;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Tests.Cli;

public sealed class FailureTests
{
    [TestCase(SocketError.ConnectionRefused, "connection refused")]
    [TestCase(SocketError.HostNotFound, "unknown host")]
    [TestCase(SocketError.TryAgain, "unknown host")]
    [TestCase(SocketError.HostUnreachable, "unreachable")]
    [TestCase(SocketError.AddressAlreadyInUse, "the port is in use")]
    [TestCase(SocketError.AddressNotAvailable, "not an address of this machine")]
    [TestCase(SocketError.AccessDenied, "the system does not permit this port")]
    [TestCase(SocketError.ConnectionReset, "the peer reset the connection")]
    public void An_error_of_the_network_is_said_in_words_also_from_inside(SocketError error, string said)
    {
        var bare = new SocketException((int)error);

        Assert.That(Failure.Explain(bare, "a:1"), Is.EqualTo(($"a:1: {said}", ExitCode.Io)));
        Assert.That(Failure.Explain(new IOException("lost", bare), "a:1"), Is.EqualTo(($"a:1: {said}", ExitCode.Io)));
    }

    [Test]
    public void A_TLS_error_tells_the_alert_and_its_direction()
    {
        var sent = new TlsException("Bad record.", CloseReason.Failed, TlsFault.PeerMisbehaved, TlsAlert.BadRecordMac);
        var received = new TlsException("The peer refused.", CloseReason.Failed, TlsFault.PeerAlert, TlsAlert.UnknownCa);
        var none = new TlsException("Too long.", CloseReason.HandshakeTimeout, TlsFault.Timeout);
        var lost = new TlsException("Gone.", CloseReason.TransportLost, TlsFault.Network);

        Assert.That(Failure.Explain(sent, "a:1"), Is.EqualTo(("a:1: Bad record. [sent alert 20 BadRecordMac]", ExitCode.Tls)));
        Assert.That(Failure.Explain(received), Is.EqualTo(("The peer refused. [received alert 48 UnknownCa]", ExitCode.Tls)));
        Assert.That(Failure.Explain(none), Is.EqualTo(("Too long.", ExitCode.Tls)));
        Assert.That(Failure.Explain(lost), Is.EqualTo(("Gone.", ExitCode.Io)));
    }

    [TestCase(CloseReason.Clean, null)]
    [TestCase(CloseReason.Unanswered, null)]
    [TestCase(CloseReason.LocalAbort, ExitCode.Tls)]
    [TestCase(CloseReason.TransportLost, ExitCode.Io)]
    [TestCase(CloseReason.Truncated, ExitCode.Tls)]
    public void How_a_connection_ended_is_an_exit_code_unless_it_ended_well(CloseReason reason, object? exitCode) =>
        Assert.That(Failure.Explain(reason, failure: null)?.ExitCode, Is.EqualTo(exitCode));

    [Test]
    public void A_bug_of_ours_is_no_fault_of_the_user()
    {
        var (message, exitCode) = Failure.Explain(new InvalidOperationException("Oops."));

        Assert.That(exitCode, Is.EqualTo(ExitCode.Internal));
        Assert.That(message, Does.Contain("please report it").And.Contain("InvalidOperationException").And.Contain("Oops."));
    }

    [Test]
    public void A_wrong_argument_is_told_without_our_parameters_name() =>
        Assert.That(Failure.Explain(new ArgumentException("The name is empty.", "options")), Is.EqualTo("The name is empty."));
}
