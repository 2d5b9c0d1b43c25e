using System.Reflection;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Tests.Strictness;

/// <summary>What an exception says of a fault, by values and not by words: why it ended, whose fault, which alert, which limit.</summary>
[TestFixture]
public sealed class FaultValueTests
{
    private static readonly (CloseReason, TlsFault, TlsAlert?) Mine = (CloseReason.Failed, TlsFault.Application, TlsAlert.InternalError);

    private static IEnumerable<PeerFault> Faults =>
        ((Type[])[typeof(RecordFaults), typeof(HelloFaults), typeof(MessageFaults), typeof(CertificateFaults)])
            .SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(property => property.GetValue(null)).OfType<PeerFault>();

    [Test]
    public void A_peers_fault_is_a_failure_that_the_peer_has_caused_and_hears_of()
    {
        foreach (var fault in Faults)
        {
            var (bare, exact) = (fault.ToException(), fault.ToException("just this"));

            Assert.That(Values(bare), Is.EqualTo((CloseReason.Failed, TlsFault.PeerMisbehaved, (TlsAlert?)fault.Alert)), fault.Name);
            Assert.That(Values(exact), Is.EqualTo(Values(bare)), fault.Name);
            Assert.That((bare.Message, exact.Message), Is.EqualTo(($"The peer sent {fault.What}.", "The peer sent just this.")));
            Assert.That((bare.Limit, exact.Limit), Is.EqualTo((fault.LimitName, fault.LimitName)), fault.Name);
        }
    }

    [Test]
    public void A_limit_that_was_passed_is_named_with_its_value_and_is_one_of_the_options()
    {
        var limits = Faults.Where(fault => fault.LimitName is not null).ToList();

        Assert.That(limits, Is.Not.Empty);
        foreach (var fault in limits)
            Assert.That(typeof(TlsLimits).GetProperty(fault.LimitName!), Is.Not.Null, fault.Name);
        foreach (var fault in limits.OfType<LimitFault>())
        {
            Assert.That(fault.LimitName, Is.EqualTo(fault.Limit), fault.Name);
            Assert.That(
                fault.ToException(17).Message, Is.EqualTo($"The peer sent more {fault.Much} than {fault.Limit} (17) allows."));
            Assert.That(fault.ToException(17).Limit, Is.EqualTo(fault.Limit));
        }
    }

    [Test]
    public void A_fault_says_who_finds_it_and_from_whom_and_on_which_versions_it_can_come()
    {
        foreach (var fault in Faults)
        {
            Assert.That((int)fault.Versions, Is.Positive, fault.Name);
            Assert.That(Enum.IsDefined(fault.From), fault.Name);
        }

        Assert.That(RecordFaults.Forged.IsFoundByBouncyCastle, Is.False);
        Assert.That(RecordFaults.InnerType.IsFoundByBouncyCastle, Is.True);
    }

    [Test]
    public void What_the_application_throws_is_its_fault_and_none_of_the_peers_business()
    {
        var cause = new FormatException("bad day");

        var threw = OwnFaults.Threw("its callback", cause);

        Assert.That(Values(threw), Is.EqualTo(Mine));
        Assert.That(threw.Message, Is.EqualTo("its callback threw FormatException: bad day"));
        Assert.That(threw.InnerException, Is.SameAs(cause));
        Assert.That(Values(OwnFaults.Application("x")), Is.EqualTo(Mine));
        Assert.That(
            Values(OwnFaults.Internal("x", cause)), Is.EqualTo((CloseReason.Failed, TlsFault.Internal, (TlsAlert?)TlsAlert.InternalError)));
    }

    [Test]
    public void A_call_of_the_applications_gives_its_answer_or_its_fault_and_an_exception_of_ours_stays_what_it_is()
    {
        var ours = RecordFaults.Forged.ToException();

        Assert.That(OwnFaults.Call("it", () => 17), Is.EqualTo(17));
        Assert.That(
            () => OwnFaults.Call<int>("it", () => throw new FormatException("bad day")),
            Throws.InstanceOf<TlsException>().With.Property("Fault").EqualTo(TlsFault.Application)
                .And.Message.EqualTo("it threw FormatException: bad day"));
        Assert.That(() => OwnFaults.Call<int>("it", () => throw ours), Throws.Exception.SameAs(ours));
    }

    [Test]
    public void Where_both_sides_have_nothing_in_common_nobody_has_misbehaved_and_the_alert_says_what_was_missing()
    {
        (TlsException Fault, TlsAlert Alert)[] all =
        [
            (OwnFaults.NotResumed("x"), TlsAlert.HandshakeFailure),
            (OwnFaults.NoVersion("x"), TlsAlert.ProtocolVersion),
            (OwnFaults.NoGroup("x"), TlsAlert.HandshakeFailure),
            (OwnFaults.NoSecureRenegotiation(isOfClient: true), TlsAlert.HandshakeFailure),
            (OwnFaults.NoSecureRenegotiation(isOfClient: false), TlsAlert.HandshakeFailure),
            (OwnFaults.NoExtendedMasterSecret(isOfClient: true), TlsAlert.HandshakeFailure),
            (OwnFaults.NoExtendedMasterSecret(isOfClient: false), TlsAlert.HandshakeFailure),
            (OwnFaults.NoCredential("x"), TlsAlert.HandshakeFailure),
            (OwnFaults.NoCredential("x", isFormOnly: true), TlsAlert.UnsupportedCertificate),
        ];

        foreach (var (fault, alert) in all)
            Assert.That(Values(fault), Is.EqualTo((CloseReason.Failed, TlsFault.Incompatible, (TlsAlert?)alert)), fault.Message);
        Assert.That(OwnFaults.NoSecureRenegotiation(isOfClient: true).Message, Does.StartWith("The client ").And.Contains("SCSV"));
        Assert.That(OwnFaults.NoSecureRenegotiation(isOfClient: false).Message, Does.StartWith("The server ").And.Not.Contains("SCSV"));
        Assert.That(OwnFaults.NoExtendedMasterSecret(isOfClient: true).Message, Does.StartWith("The client "));
        Assert.That(OwnFaults.NoExtendedMasterSecret(isOfClient: false).Message, Does.StartWith("The server "));
    }

    [Test]
    public void A_refusal_by_the_hello_is_the_servers_own_choice_unless_it_serves_no_such_name()
    {
        Assert.That(
            Values(OwnFaults.RefusedByHello(TlsAlert.AccessDenied)),
            Is.EqualTo((CloseReason.Failed, TlsFault.Application, (TlsAlert?)TlsAlert.AccessDenied)));
        Assert.That(
            Values(OwnFaults.RefusedByHello(TlsAlert.UnrecognizedName)),
            Is.EqualTo((CloseReason.Failed, TlsFault.Incompatible, (TlsAlert?)TlsAlert.UnrecognizedName)));
    }

    [Test]
    public void A_failure_without_an_alert_is_told_as_internal()
    {
        Assert.That(
            OwnFaults.AlertOf(new TlsException("x", CloseReason.Truncated, TlsFault.Network)), Is.EqualTo(TlsAlert.InternalError));
        Assert.That(OwnFaults.AlertOf(RecordFaults.Forged.ToException()), Is.EqualTo(TlsAlert.BadRecordMac));
    }

    private static (CloseReason Reason, TlsFault Fault, TlsAlert? Alert) Values(TlsException exception) =>
        (exception.Reason, exception.Fault, exception.Alert);
}
