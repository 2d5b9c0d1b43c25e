using TlsFsm.Core.Strictness;

namespace TlsFsm.Tests.Strictness;

/// <summary>What alerts say, of all that have a name: those that come, and those that we send.</summary>
[TestFixture]
public sealed class AlertMeaningTests
{
    private const short Warning = 1;
    private const short Fatal = 2;

    private static readonly TlsAlert[] All = Enum.GetValues<TlsAlert>();

    /// <summary>RFC 8446 section 6.2: with these a peer complains of our certificate.</summary>
    private static readonly TlsAlert[] OfOurCertificate =
    [
        TlsAlert.BadCertificate, TlsAlert.UnsupportedCertificate, TlsAlert.CertificateRevoked, TlsAlert.CertificateExpired,
        TlsAlert.CertificateUnknown, TlsAlert.UnknownCa,
    ];

    [Test]
    public void Close_notify_closes_at_any_level_and_on_any_version(
        [Values(0, 1, 2, 3, 255)] short level, [Values] bool isTls13) =>
        Assert.That(AlertMeaning.EffectOf(level, TlsAlert.CloseNotify, isTls13), Is.EqualTo(AlertEffect.Closes));

    [Test]
    public void A_fatal_alert_ends_the_connection_whatever_it_says([Values] bool isTls13)
    {
        foreach (var alert in All.Where(one => one != TlsAlert.CloseNotify))
            Assert.That(AlertMeaning.EffectOf(Fatal, alert, isTls13), Is.EqualTo(AlertEffect.Fails), $"{alert}");
    }

    [Test]
    public void A_warning_is_one_on_TLS_12_and_on_TLS_13_only_where_a_handshake_was_canceled()
    {
        foreach (var alert in All.Where(one => one != TlsAlert.CloseNotify))
        {
            Assert.That(AlertMeaning.EffectOf(Warning, alert, isTls13: false), Is.EqualTo(AlertEffect.None), $"{alert}");
            Assert.That(
                AlertMeaning.EffectOf(Warning, alert, isTls13: true),
                Is.EqualTo(alert == TlsAlert.UserCanceled ? AlertEffect.None : AlertEffect.Fails), $"{alert}");
        }
    }

    [Test]
    public void There_is_no_third_level([Values(0, 3, 255)] short level, [Values] bool isTls13) =>
        Assert.That(
            () => AlertMeaning.EffectOf(level, TlsAlert.HandshakeFailure, isTls13),
            Throws.InstanceOf<TlsException>().With.Property(nameof(TlsException.Alert)).EqualTo(TlsAlert.IllegalParameter));

    [Test]
    public void Each_kind_of_alert_has_its_own_members_and_no_others()
    {
        Assert.That(All.Where(AlertMeaning.IsOfCertificate), Is.EquivalentTo(new[]
        {
            TlsAlert.BadCertificate, TlsAlert.UnsupportedCertificate, TlsAlert.CertificateUnknown,
        }));
        Assert.That(All.Where(AlertMeaning.IsIncompatible), Is.EquivalentTo(new[]
        {
            TlsAlert.HandshakeFailure, TlsAlert.ProtocolVersion, TlsAlert.InsufficientSecurity, TlsAlert.NoApplicationProtocol,
            TlsAlert.InappropriateFallback, TlsAlert.UnrecognizedName,
        }));
        Assert.That(All.Where(AlertMeaning.IsInternal), Is.EquivalentTo(new[] { TlsAlert.InternalError }));
    }

    [Test]
    public void What_ends_too_early_cannot_be_decoded_and_any_other_surprise_is_a_value_that_nothing_takes()
    {
        Assert.That(AlertMeaning.OfUnexpected(isCutShort: true), Is.EqualTo(TlsAlert.DecodeError));
        Assert.That(AlertMeaning.OfUnexpected(isCutShort: false), Is.EqualTo(TlsAlert.IllegalParameter));
    }

    [Test]
    public void A_peers_alert_is_its_failure_and_says_what_it_complains_of()
    {
        foreach (var alert in All)
        {
            var failure = AlertMeaning.ToException(alert, "its_name(99)");

            Assert.That((failure.Reason, failure.Fault, failure.Alert), Is.EqualTo((CloseReason.Failed, TlsFault.PeerAlert, alert)));
            Assert.That(failure.Message, Is.EqualTo(alert switch
            {
                TlsAlert.CloseNotify => "The peer closed the connection (close_notify) before the handshake had finished.",
                TlsAlert.CertificateRequired =>
                    "The peer sent the fatal alert its_name(99): it requires a certificate, and we presented none.",
                TlsAlert.UnrecognizedName => "The peer sent the fatal alert its_name(99): it serves no such name.",
                _ when OfOurCertificate.Contains(alert) => "The peer sent the fatal alert its_name(99): it rejected our certificate.",
                _ => "The peer sent the fatal alert its_name(99).",
            }));
        }
    }

    [Test]
    public void An_alert_of_ours_has_words_of_its_own_or_none()
    {
        var words = All.Select(AlertMeaning.Words).OfType<string>().ToList();

        Assert.That(words, Is.Unique.And.Count.EqualTo(11));
        Assert.That(AlertMeaning.Words(TlsAlert.BadRecordMac), Is.EqualTo("a record does not authenticate"));
        Assert.That(AlertMeaning.Words(TlsAlert.InternalError), Is.Null);
    }
}
