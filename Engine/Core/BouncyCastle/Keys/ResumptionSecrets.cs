using System.Text;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Core.BouncyCastle.Library;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>
/// The key schedule of TLS 1.3 tickets (RFC 8446 sections 4.6.1 and 7.1). BouncyCastle knows pre-shared keys from outside only; a ticket's,
/// and those that were imported (RFC 9258 section 5.2), differ from these in one label, which the secrets below put right.
/// </summary>
internal static class ResumptionSecrets
{
    /// <summary>The resumption master secret: all messages of the handshake, and the master secret.</summary>
    /// <param name="protocol">At the end of its handshake.</param>
    /// <param name="security">Its parameters, the secrets still there.</param>
    /// <param name="unhashed">Messages that its transcript does not have yet.</param>
    public static byte[] MasterSecret(TlsProtocol protocol, SecurityParameters security, ReadOnlySpan<byte> unhashed)
    {
        var transcript = HandshakeRemains.Transcript(protocol).ForkPrfHash();
        if (!unhashed.IsEmpty)
            transcript.Update(unhashed);

        return Expand(security.MasterSecret, security.PrfCryptoHashAlgorithm, "res master", transcript.CalculateHash());
    }

    /// <summary>The secret of one ticket.</summary>
    public static byte[] TicketSecret(TlsCrypto crypto, byte[] masterSecret, int hash, byte[] nonce)
    {
        var secret = crypto.CreateSecret(masterSecret);
        try
        {
            return Expand(secret, hash, "resumption", nonce);
        }
        finally
        {
            secret.Destroy();
        }
    }

    /// <summary>The hash that a ticket of this suite is bound to, as BouncyCastle's PRF.</summary>
    public static int PrfOf(int cipherSuite) =>
        cipherSuite == CipherSuite.TLS_AES_256_GCM_SHA384 ? PrfAlgorithm.tls13_hkdf_sha384 : PrfAlgorithm.tls13_hkdf_sha256;

    private static byte[] Expand(TlsSecret secret, int hash, string label, byte[] context) =>
        TlsCryptoUtilities.HkdfExpandLabel(secret, hash, label, context, TlsCryptoUtilities.GetHashOutputSize(hash)).Extract();

    /// <summary>A ticket's pre-shared key.</summary>
    internal sealed class TicketKey(BcTlsCrypto crypto, byte[] content) : LabelledKey(crypto, content, "res");

    /// <summary>A pre-shared key that was imported.</summary>
    internal sealed class ImportedKey(BcTlsCrypto crypto, byte[] content) : LabelledKey(crypto, content, "imp");

    /// <summary>A pre-shared key whose binder has a label of its own.</summary>
    internal abstract class LabelledKey(BcTlsCrypto crypto, byte[] content, string label) : BcTlsSecret(crypto, content)
    {
        /// <summary>The first three letters of the label, which are all that differs.</summary>
        public string Label => label;
    }

    /// <summary>The zeros that every key schedule begins with. Extracting such a key from them begins its schedule.</summary>
    internal sealed class Zeros(BcTlsCrypto crypto, HandshakeHmac hmac, int size) : KeyedSecret(crypto, hmac, new byte[size])
    {
        public override TlsSecret HkdfExtract(int cryptoHashAlgorithm, TlsSecret ikm)
        {
            var extracted = base.HkdfExtract(cryptoHashAlgorithm, ikm);
            return ikm is LabelledKey key ? new LabelledEarlySecret(m_crypto, Handshake, extracted.Extract(), key.Label) : extracted;
        }
    }

    /// <summary>The early secret of such a key: asked for the binder of a key from outside, it gives its own.</summary>
    private sealed class LabelledEarlySecret(BcTlsCrypto crypto, HandshakeHmac hmac, byte[] content, string label)
        : KeyedSecret(crypto, hmac, content)
    {
        public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, byte[] info, int length) =>
            HkdfExpand(cryptoHashAlgorithm, info.AsSpan(), length);

        public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, ReadOnlySpan<byte> info, int length)
        {
            var at = info.IndexOf("tls13 ext binder"u8);
            if (at < 0)
                return base.HkdfExpand(cryptoHashAlgorithm, info, length);

            Span<byte> relabelled = stackalloc byte[info.Length];
            info.CopyTo(relabelled);
            Encoding.ASCII.GetBytes(label, relabelled[(at + "tls13 ".Length)..]);
            return base.HkdfExpand(cryptoHashAlgorithm, relabelled, length);
        }
    }
}
