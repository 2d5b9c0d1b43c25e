using System.Text;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>Exports keying material for a connection's whole life; BouncyCastle itself only does while the handshake completes.</summary>
internal sealed class ExporterSecret : IDisposable
{
    // RFC 5705 section 4: what TLS 1.2 derives for itself must not be had from outside.
    private static readonly HashSet<string> Reserved =
        ["client finished", "server finished", "master secret", "extended master secret", "key expansion"];

    private readonly TlsCrypto _crypto;
    private readonly TlsSecret _secret;
    private readonly byte[] _randoms;
    private readonly int _prf;
    private readonly int _hash;
    private readonly bool _isTls13;

    /// <summary>Taken while the handshake completes, when the secrets are still there.</summary>
    public ExporterSecret(TlsCrypto crypto, SecurityParameters security)
    {
        _crypto = crypto;
        _isTls13 = TlsUtilities.IsTlsV13(security.NegotiatedVersion);
        _secret = crypto.AdoptSecret(_isTls13 ? security.ExporterMasterSecret : security.MasterSecret);
        _randoms = _isTls13 ? [] : [.. security.ClientRandom, .. security.ServerRandom];
        _prf = security.PrfAlgorithm;
        _hash = security.PrfCryptoHashAlgorithm;
    }

    /// <summary>Derives keying material.</summary>
    /// <exception cref="ArgumentException">
    /// A label that is empty on TLS 1.3, not ASCII, too long or TLS's own, a context of 64 KiB or more, or a length out of range.
    /// </exception>
    public byte[] Export(string label, byte[]? context, int length)
    {
        ArgumentNullException.ThrowIfNull(label);

        // RFC 8446 section 7.1: a label has seven bytes at least, of which "tls13 " are six. RFC 5705 has no such rule.
        if (label.Length == 0 && _isTls13)
            throw new ArgumentException("The label is empty; TLS 1.3 needs one.", nameof(label));
        if (!Ascii.IsValid(label))
            throw new ArgumentException($"The label '{label}' is not ASCII (RFC 5705 section 4).", nameof(label));
        if (label.Length > 249)
            throw new ArgumentException($"The label has {label.Length} characters; TLS 1.3 has room for 249.", nameof(label));
        if (Reserved.Contains(label))
            throw new ArgumentException($"The label '{label}' is reserved for TLS itself (RFC 5705 section 4).", nameof(label));
        if (context?.Length > ushort.MaxValue)
            throw new ArgumentException($"The context has {context.Length} bytes; at most {ushort.MaxValue} fit.", nameof(context));

        // 255 times the hash is where HKDF ends; TLS 1.2 has no end, and gets the same.
        var most = 255 * TlsCryptoUtilities.GetHashOutputSize(_hash);
        if (length <= 0 || length > most)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"1 to {most} bytes can be exported.");

        return _isTls13 ? Export13(label, context ?? [], length) : Export12(label, context, length);
    }

    public void Dispose() => _secret.Destroy();

    /// <summary>RFC 8446 section 7.5.</summary>
    private byte[] Export13(string label, byte[] context, int length)
    {
        var derived = TlsCryptoUtilities.HkdfExpandLabel(_secret, _hash, label, Hash([]), TlsCryptoUtilities.GetHashOutputSize(_hash));
        try
        {
            return TlsCryptoUtilities.HkdfExpandLabel(derived, _hash, "exporter", Hash(context), length).Extract();
        }
        finally
        {
            derived.Destroy();
        }
    }

    /// <summary>RFC 5705 section 4: no context and an empty one are not the same.</summary>
    private byte[] Export12(string label, byte[]? context, int length)
    {
        byte[] seed = context is null ? _randoms : [.. _randoms, (byte)(context.Length >> 8), (byte)context.Length, .. context];
        return _secret.DeriveUsingPrf(_prf, label, seed, length).Extract();
    }

    private byte[] Hash(byte[] content)
    {
        var hash = _crypto.CreateHash(_hash);
        hash.Update(content, 0, content.Length);
        return hash.CalculateHash();
    }
}
