namespace TlsFsm.Core.Strictness;

/// <summary>What alerts say: those that come, and those that the library has chosen.</summary>
internal static class AlertMeaning
{
    private const short Warning = 1;
    private const short Fatal = 2;

    /// <summary>What an alert of the peer does to the connection.</summary>
    /// <param name="level">As it came.</param>
    /// <param name="alert">As it came.</param>
    /// <param name="isTls13">Whether TLS 1.3 was agreed.</param>
    /// <exception cref="TlsException">There is no such level.</exception>
    public static AlertEffect EffectOf(short level, TlsAlert alert, bool isTls13)
    {
        if (alert == TlsAlert.CloseNotify)
            return AlertEffect.Closes;

        // RFC 8446 section 6, RFC 5246 section 7.2: there are two levels, though on TLS 1.3 they say nothing.
        if (level is not (Warning or Fatal))
            throw RecordFaults.AlertLevel.ToException();

        // RFC 8446 section 6: the description decides, not the level; only user_canceled is no error.
        return level == Fatal || (isTls13 && alert != TlsAlert.UserCanceled) ? AlertEffect.Fails : AlertEffect.None;
    }

    /// <summary>Whether it complains of a certificate's form.</summary>
    public static bool IsOfCertificate(TlsAlert alert) =>
        alert is TlsAlert.BadCertificate or TlsAlert.UnsupportedCertificate or TlsAlert.CertificateUnknown;

    /// <summary>Whether it says that both sides have nothing in common.</summary>
    public static bool IsIncompatible(TlsAlert alert) =>
        alert is TlsAlert.HandshakeFailure or TlsAlert.ProtocolVersion or TlsAlert.InsufficientSecurity or TlsAlert.NoApplicationProtocol
            or TlsAlert.InappropriateFallback or TlsAlert.UnrecognizedName;

    /// <summary>Whether it says nothing but that the side which sends it has failed.</summary>
    public static bool IsInternal(TlsAlert alert) => alert == TlsAlert.InternalError;

    /// <summary>What the library does not say about an error of the peer's that it did not expect.</summary>
    /// <param name="isCutShort">Whether bytes ended too early, or are no encoding at all. Otherwise some value is one that nothing takes.</param>
    public static TlsAlert OfUnexpected(bool isCutShort) => isCutShort ? RecordFaults.Truncated.Alert : TlsAlert.IllegalParameter;

    /// <summary>The failure of a connection that a fatal alert of the peer has ended.</summary>
    /// <param name="alert">The alert; close_notify only in the middle of a handshake.</param>
    /// <param name="name">Its name, for messages.</param>
    public static TlsException ToException(TlsAlert alert, string name) => new(
        alert == TlsAlert.CloseNotify
            ? "The peer closed the connection (close_notify) before the handshake had finished."
            : $"The peer sent the fatal alert {name}{Reproach(alert)}.",
        CloseReason.Failed, TlsFault.PeerAlert, alert);

    /// <summary>An alert of ours in words; null where its name has to do.</summary>
    public static string? Words(TlsAlert alert) => alert switch
    {
        TlsAlert.UnexpectedMessage => "a message came that has no place here",
        TlsAlert.BadRecordMac => "a record does not authenticate",
        TlsAlert.RecordOverflow => "a record is longer than allowed",
        TlsAlert.DecodeError => "a message cannot be decoded",
        TlsAlert.DecryptError => "a signature or Finished does not verify",
        TlsAlert.IllegalParameter => "a value is out of range or inconsistent",
        TlsAlert.ProtocolVersion => "no protocol version fits both",
        TlsAlert.NoApplicationProtocol => "no application protocol fits both",
        TlsAlert.HandshakeFailure => "no parameters fit both",
        TlsAlert.MissingExtension => "a mandatory extension is missing",
        TlsAlert.InappropriateFallback => "the client falls back from a version that both have (RFC 7507)",
        _ => null,
    };

    /// <summary>
    /// What a peer's alert says about us. On TLS 1.3 a client hears of its certificate only after its own handshake has finished.
    /// </summary>
    private static string Reproach(TlsAlert alert) => alert switch
    {
        TlsAlert.CertificateRequired => ": it requires a certificate, and we presented none",
        TlsAlert.BadCertificate or TlsAlert.UnsupportedCertificate or TlsAlert.CertificateRevoked or TlsAlert.CertificateExpired
            or TlsAlert.CertificateUnknown or TlsAlert.UnknownCa => ": it rejected our certificate",
        TlsAlert.UnrecognizedName => ": it serves no such name",
        _ => "",
    };
}

/// <summary>What an alert of the peer does to the connection.</summary>
internal enum AlertEffect
{
    /// <summary>Nothing: it is a warning.</summary>
    None,

    /// <summary>The peer sends no more (close_notify).</summary>
    Closes,

    /// <summary>It ends the connection.</summary>
    Fails,
}
