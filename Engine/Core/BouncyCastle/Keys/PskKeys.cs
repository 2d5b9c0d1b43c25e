using System.Net.Security;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>Pre-shared keys in the forms in which BouncyCastle takes them.</summary>
internal static class PskKeys
{
    /// <summary>For TLS 1.3.</summary>
    public static TlsPskExternal External(TlsPsk psk, BcTlsCrypto crypto) => new BasicTlsPskExternal(
        psk.Identity.ToArray(),
        psk.IsImported ? new ResumptionSecrets.ImportedKey(crypto, (byte[])psk.Key.Clone()) : crypto.CreateSecret((byte[])psk.Key.Clone()),
        psk.Hash == HashAlgorithmName.SHA384 ? PrfAlgorithm.tls13_hkdf_sha384 : PrfAlgorithm.tls13_hkdf_sha256);

    /// <summary>Asks the application.</summary>
    public static TlsPsk? Find(TlsServerOptions options, byte[] identity)
    {
        try
        {
            return options.FindPsk?.Invoke(identity);
        }
        catch (Exception e)
        {
            throw Faults.Carry(OwnFaults.Threw("The application's lookup of a pre-shared key", e));
        }
    }

    /// <summary>Whether a suite of TLS 1.3 has the hash of a key.</summary>
    public static bool Fits(TlsPsk psk, int cipherSuite) =>
        ((TlsCipherSuite)cipherSuite).ToString().EndsWith("SHA384", StringComparison.Ordinal) == (psk.Hash == HashAlgorithmName.SHA384);

    /// <summary>A client's key for TLS 1.2: the first one, whatever the server hints at.</summary>
    internal sealed class Client(TlsPsk psk) : TlsPskIdentity
    {
        public void SkipIdentityHint() { }

        public void NotifyIdentityHint(byte[] psk_identity_hint) { }

        public byte[] GetPskIdentity() => psk.Identity.ToArray();

        public byte[] GetPsk() => (byte[])psk.Key.Clone();
    }

    /// <summary>A server's keys for TLS 1.2.</summary>
    internal sealed class Server(TlsServerOptions options, Action<TlsPsk> found) : TlsPskIdentityManager
    {
        public byte[] GetHint() => options.PskHint.IsEmpty ? null! : options.PskHint.ToArray();

        public byte[] GetPsk(byte[] identity)
        {
            // RFC 4279 section 2: for a name that is not there the handshake fails as for a wrong key, so that names cannot be found out.
            // One that was imported is for TLS 1.3 alone.
            if (Find(options, identity) is not { IsImported: false } psk)
                return RandomNumberGenerator.GetBytes(32);

            found(psk);
            return (byte[])psk.Key.Clone();
        }
    }
}
