using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>Puts what BouncyCastle throws into our words: which alert, whose fault.</summary>
internal static class Faults
{
    /// <summary>What the library says where it has not expected an error: nothing about the alert that is due.</summary>
    private const short Unexpected = AlertDescription.internal_error;

    /// <summary>An exception of ours in the form in which it passes through BouncyCastle, which sends its alert.</summary>
    public static TlsFatalAlert Carry(TlsException fault) => new((short)OwnFaults.AlertOf(fault), fault.Message, fault);

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
                var heard = (TlsAlert)received.AlertDescription;
                return AlertMeaning.ToException(heard, Name(heard));
        }

        var alert = AlertFor(DescriptionOf(thrown), thrown);
        var text = $"{Detail(thrown, alert)}; the alert {Name(alert)} was sent.";
        if (AlertMeaning.IsOfCertificate(alert))
            return new TlsCertificateException(
                $"The peer's certificate cannot be used: {text}", alert, "form", certificate: null, host: null, thrown);
        if (AlertMeaning.IsIncompatible(alert))
            return new TlsException(
                $"The peer and we have nothing in common: {text}", CloseReason.Failed, TlsFault.Incompatible, alert, thrown);

        return !isOfInput || IsInternal(thrown, alert)
            ? new TlsException($"An error inside TLS: {text}", CloseReason.Failed, TlsFault.Internal, alert, thrown)
            : new TlsException($"The peer broke the protocol: {text}", CloseReason.Failed, TlsFault.PeerMisbehaved, alert, thrown);
    }

    /// <summary>The number of the alert that an exception of the library's asks for.</summary>
    public static short DescriptionOf(Exception thrown) => (thrown as TlsFatalAlert)?.AlertDescription ?? Unexpected;

    /// <summary>The alert to send for what was thrown, where BouncyCastle only says internal_error.</summary>
    public static TlsAlert AlertFor(short suggested, Exception? thrown)
    {
        if (thrown is TlsException { Alert: { } own })
            return own;
        if (suggested != Unexpected)
            return (TlsAlert)suggested;

        // Bytes that end too early, or are no ASN.1, surface as plain I/O errors. Values that some constructor below does not take: a
        // point off its curve, a key with a bad modulus.
        var cause = Cause(thrown);
        var isCutShort = cause is IOException and not TlsFatalAlert and not TlsException;
        return isCutShort || IsRefusedValue(cause) ? AlertMeaning.OfUnexpected(isCutShort) : (TlsAlert)suggested;
    }

    /// <summary>Whether a key agreement says, in the library's way, that its secret would be zero.</summary>
    public static bool IsOfZeroSecret(TlsFatalAlert thrown) => thrown.AlertDescription == AlertDescription.handshake_failure;

    /// <summary>An alert by its IANA name and code, for messages.</summary>
    public static string Name(TlsAlert alert) => $"{AlertDescription.GetName((short)alert)} ({(int)alert})";

    private static string Detail(Exception thrown, TlsAlert alert)
    {
        if (Cause(thrown) is { } cause and not TlsFatalAlert)
            return cause is EndOfStreamException ? "a message ends too early" : $"{cause.GetType().Name}: {cause.Message}";

        // BouncyCastle's text is "name(code); detail", or the name alone.
        var split = thrown.Message.IndexOf("; ", StringComparison.Ordinal);
        return split >= 0 ? thrown.Message[(split + 2)..] : AlertMeaning.Words(alert) ?? AlertDescription.GetName((short)alert);
    }

    /// <summary>Whether it is an internal_error with a cause of its own: with none, the input itself is the cause.</summary>
    private static bool IsInternal(Exception thrown, TlsAlert alert) =>
        AlertMeaning.IsInternal(alert) && Cause(thrown) is not TlsFatalAlert;

    private static bool IsRefusedValue(Exception? cause) => cause
        is ArgumentException and not ArgumentNullException
        or ArithmeticException or FormatException or IndexOutOfRangeException or CryptographicException or CryptoException

        // The library's readers of ASN.1 say so where something is encoded in another way than its type is.
        or InvalidOperationException { Source: "BouncyCastle.Cryptography" };

    /// <summary>What is behind an internal_error, with which BouncyCastle wraps what it did not expect.</summary>
    private static Exception? Cause(Exception? thrown) =>
        thrown is TlsFatalAlert { AlertDescription: Unexpected, InnerException: { } inner and not TlsException }
            ? inner : thrown;
}
