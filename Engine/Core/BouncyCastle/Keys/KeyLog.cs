using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.Decisions;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>
/// Writes secrets in the NSS key log format (SSLKEYLOGFILE, RFC 9850), one line each, for tools that open captured traffic.
/// </summary>
/// <param name="write">Given each line without its end.</param>
/// <param name="gate">Knows who is told what it throws.</param>
internal sealed class KeyLog(Action<string> write, HandshakeGate gate)
{
    private bool _isHandshakeLogged;

    /// <summary>Keys for records were just derived: on TLS 1.3 first for the handshake, then for application data.</summary>
    public void OnCipher(TlsCrypto crypto, SecurityParameters security)
    {
        if (!TlsUtilities.IsTlsV13(security.NegotiatedVersion))
        {
            Write("CLIENT_RANDOM", crypto, security, security.MasterSecret);
            return;
        }

        var (client, server) = _isHandshakeLogged
            ? ("CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0")
            : ("CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET");
        _isHandshakeLogged = true;
        Write(client, crypto, security, security.TrafficSecretClient);
        Write(server, crypto, security, security.TrafficSecretServer);
    }

    public void OnComplete(TlsCrypto crypto, SecurityParameters security)
    {
        if (TlsUtilities.IsTlsV13(security.NegotiatedVersion))
            Write("EXPORTER_SECRET", crypto, security, security.ExporterMasterSecret);
    }

    // In the middle of a change of keys there is no good moment to fail: who reads the log misses a line, and the loop is told.
    private void Write(string label, TlsCrypto crypto, SecurityParameters security, TlsSecret secret)
    {
        var line = $"{label} {Convert.ToHexStringLower(security.ClientRandom)} "
            + $"{Convert.ToHexStringLower(crypto.AdoptSecret(secret).Extract())}";
        try
        {
            write(line);
        }
        catch (Exception exception) when (gate.Unheard is not null)
        {
            gate.Unheard(exception, $"{nameof(TlsConnectionOptions.DangerousKeyLog)} failed.");
        }
    }
}
