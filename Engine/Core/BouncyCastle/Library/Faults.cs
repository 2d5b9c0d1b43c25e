using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>Puts what BouncyCastle throws into our words: which alert, whose fault.</summary>
internal static class Faults
{
    /// <summary>An exception of ours in the form in which it passes through BouncyCastle, which sends its alert.</summary>
    public static TlsFatalAlert Carry(TlsException fault) => new((short)(fault.Alert ?? TlsAlert.InternalError), fault.Message, fault);

    /// <summary>A failure in our words.</summary>
    /// <param name="thrown">What BouncyCastle, or our code under it, threw.</param>
    /// <param name="isOfInput">Whether it threw over what the peer sent.</param>
    public static TlsException From(Exception thrown, bool isOfInput)
    {
        switch (thrown)
        {
            case TlsException ours:
                return ours;
            case { InnerException: TlsException carried }:
                return carried;
            case TlsFatalAlertReceived received:
                return FromPeer((TlsAlert)received.AlertDescription);
        }

        var alert = AlertFor((thrown as TlsFatalAlert)?.AlertDescription ?? AlertDescription.internal_error, thrown);
        var text = $"{Detail(thrown, alert)}; the alert {Name(alert)} was sent.";
        return alert switch
        {
            TlsAlert.BadCertificate or TlsAlert.UnsupportedCertificate or TlsAlert.CertificateUnknown =>
                new TlsCertificateException(
                    $"The peer's certificate cannot be used: {text}", alert, "form", certificate: null, host: null, thrown),
            TlsAlert.HandshakeFailure or TlsAlert.ProtocolVersion or TlsAlert.InsufficientSecurity or TlsAlert.NoApplicationProtocol
                or TlsAlert.InappropriateFallback or TlsAlert.UnrecognizedName =>
                new TlsException(
                    $"The peer and we have nothing in common: {text}", CloseReason.Failed, TlsFault.Incompatible, alert, thrown),
            _ when !isOfInput || IsInternal(thrown, alert) =>
                new TlsException($"An error inside TLS: {text}", CloseReason.Failed, TlsFault.Internal, alert, thrown),
            _ => new TlsException($"The peer broke the protocol: {text}", CloseReason.Failed, TlsFault.PeerMisbehaved, alert, thrown),
        };
    }

    /// <summary>The alert to send for what was thrown, where BouncyCastle only says internal_error.</summary>
    public static TlsAlert AlertFor(short suggested, Exception? thrown) =>
        thrown is TlsException { Alert: { } own } ? own : suggested switch
    {
        // Bytes that end too early, or are no ASN.1, surface as plain I/O errors.
        AlertDescription.internal_error when Cause(thrown) is IOException and not TlsFatalAlert and not TlsException =>
            TlsAlert.DecodeError,

        // Values that some constructor below does not take: a point off its curve, a key with a bad modulus.
        AlertDescription.internal_error when IsRefusedValue(Cause(thrown)) => TlsAlert.IllegalParameter,
        _ => (TlsAlert)suggested,
    };

    /// <summary>An alert by its IANA name and code, for messages.</summary>
    public static string Name(TlsAlert alert) => $"{AlertDescription.GetName((short)alert)} ({(int)alert})";

    private static TlsException FromPeer(TlsAlert alert) => new(
        alert == TlsAlert.CloseNotify
            ? "The peer closed the connection (close_notify) before the handshake had finished."
            : $"The peer sent the fatal alert {Name(alert)}{Reproach(alert)}.",
        CloseReason.Failed, TlsFault.PeerAlert, alert);

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

    private static string Detail(Exception thrown, TlsAlert alert)
    {
        if (Cause(thrown) is { } cause and not TlsFatalAlert)
            return cause is EndOfStreamException ? "a message ends too early" : $"{cause.GetType().Name}: {cause.Message}";

        // BouncyCastle's text is "name(code); detail", or the name alone.
        var split = thrown.Message.IndexOf("; ", StringComparison.Ordinal);
        return split >= 0 ? thrown.Message[(split + 2)..] : Meaning(alert);
    }

    private static string Meaning(TlsAlert alert) => alert switch
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
        _ => AlertDescription.GetName((short)alert),
    };

    /// <summary>Whether it is an internal_error with a cause of its own: with none, the input itself is the cause.</summary>
    private static bool IsInternal(Exception thrown, TlsAlert alert) =>
        alert == TlsAlert.InternalError && Cause(thrown) is not TlsFatalAlert;

    private static bool IsRefusedValue(Exception? cause) => cause
        is ArgumentException and not ArgumentNullException
        or ArithmeticException or FormatException or IndexOutOfRangeException or CryptographicException or CryptoException;

    /// <summary>What is behind an internal_error, with which BouncyCastle wraps what it did not expect.</summary>
    private static Exception? Cause(Exception? thrown) =>
        thrown is TlsFatalAlert { AlertDescription: AlertDescription.internal_error, InnerException: { } inner and not TlsException }
            ? inner : thrown;
}
