using System.Text;

namespace TlsFsm.BogoShim.Verdict;

/// <summary>
/// The word for a failure by which the runner knows it: from whose fault it is, and the alert. config.json maps BoringSSL's words to these.
/// </summary>
internal static class ErrorTokens
{
    /// <summary>The token of a failure, between colons.</summary>
    public static string Of(TlsException failure) => failure switch
    {
        { Reason: CloseReason.Truncated } => ":CLOSE_WITHOUT_CLOSE_NOTIFY:",
        { Reason: CloseReason.TransportLost } => ":CONNECTION_LOST:",
        { Fault: TlsFault.Timeout } => ":TIMEOUT:",
        { Fault: TlsFault.Internal } => ":OUR_FAULT:",
        { Fault: TlsFault.Application } => ":REFUSED_BY_APPLICATION:",
        { Fault: TlsFault.PeerAlert, Alert: { } received } => $":ALERT_RECEIVED_{Words(received)}:",
        { Alert: { } sent } => $":{Words(sent)}:",
        _ => ":FAILED:",
    };

    /// <summary>An alert as RFC 8446 writes it, in capitals.</summary>
    private static string Words(TlsAlert alert)
    {
        var text = new StringBuilder();
        foreach (var letter in alert.ToString())
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('_');
            text.Append(char.ToUpperInvariant(letter));
        }

        return text.ToString();
    }
}
