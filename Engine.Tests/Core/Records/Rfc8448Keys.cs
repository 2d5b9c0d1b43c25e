using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.Sec;
using Org.BouncyCastle.Crypto.Agreement;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Records;

/// <summary>Goes through the key schedule of a trace as a connection does: BouncyCastle's schedule over our crypto.</summary>
internal sealed class Rfc8448Keys : IDisposable
{
    private readonly (NativeCrypto Crypto, HandshakeFacts Facts) _crypto = TestCrypto.WithFacts();
    private const int Sha256 = CryptoHashAlgorithm.sha256;

    private readonly SecurityParameters _security = new();
    private readonly TlsContext _context;
    private readonly List<byte> _transcript = [];

    public Rfc8448Keys(Rfc8448Trace trace)
    {
        Trace = trace;
        PrfHash(_security) = Sha256;
        PrfHashLength(_security) = 32;
        _context = CipherParameters.Context(Crypto, _security, ProtocolVersion.TLSv13, isServer: false);
        if (trace.Find("first_client_hello") is { } first)
        {
            // RFC 8446 section 4.4.1: a message of type message_hash stands for the first ClientHello.
            Append([254, 0, 0, 32, .. SHA256.HashData(first)]);
            Append(trace["retry_request"]);
        }

        Append(trace["client_hello"]);
        if (trace.Find("psk") is { } psk)
        {
            PskSecret = Crypto.HkdfInit(Sha256).HkdfExtract(Sha256, new ResumptionSecrets.TicketKey(Crypto, psk));
            ClientEarly = Derive(PskSecret, "c e traffic");
        }

        Append(trace["server_hello"]);
        EstablishSecrets(null, _context, PskSecret, Crypto.CreateSecret(Agree(trace["client_key"], PublicKeyOf(trace["server_hello"]))));
        ClientHandshake = Derive(_security.HandshakeSecret, "c hs traffic");
        ServerHandshake = Derive(_security.HandshakeSecret, "s hs traffic");
    }

    public Rfc8448Trace Trace { get; }

    public HandshakeFacts Facts => _crypto.Facts;

    public NativeCrypto Crypto => _crypto.Crypto;

    /// <summary>The early secret of a ticket; null in a full handshake.</summary>
    public TlsSecret? PskSecret { get; }

    public byte[]? ClientEarly { get; }

    public byte[] EarlySecret => Crypto.AdoptSecret(_security.EarlySecret).Extract();

    public byte[] HandshakeSecret => Crypto.AdoptSecret(_security.HandshakeSecret).Extract();

    public byte[] MasterSecret => Crypto.AdoptSecret(_security.MasterSecret).Extract();

    public byte[] ClientHandshake { get; }

    public byte[] ServerHandshake { get; }

    /// <summary>The hash of all messages so far.</summary>
    public byte[] TranscriptHash => SHA256.HashData([.. _transcript]);

    public void Append(ReadOnlySpan<byte> messages) => _transcript.AddRange(messages);

    /// <summary>A traffic secret of the application phase, or the resumption master secret, from what was appended so far.</summary>
    public byte[] OfMaster(string label) => Derive(_security.MasterSecret, label);

    /// <summary>RFC 8446 section 4.4.4.</summary>
    public byte[] Finished(byte[] trafficSecret) =>
        HMACSHA256.HashData(
            TlsCryptoUtilities.HkdfExpandLabel(
                Crypto.CreateSecret((byte[])trafficSecret.Clone()), Sha256, "finished", TlsUtilities.EmptyBytes, 32).Extract(),
                TranscriptHash);

    /// <summary>The binder that our key schedule gives to a ticket's key.</summary>
    public byte[] Binder(byte[] truncatedHello) =>
        CalculateBinder(null, Crypto, isExternalPsk: true, Sha256, PskSecret!, SHA256.HashData(truncatedHello));

    public void Dispose() => Crypto.Dispose();

    /// <summary>The shared secret. The private key's public one must be in the own hello, else the trace is mistyped.</summary>
    public static byte[] Agree(byte[] privateKey, byte[] publicKey)
    {
        if (publicKey.Length == 32)
        {
            var agreement = new X25519Agreement();
            agreement.Init(new X25519PrivateKeyParameters(privateKey));
            var shared = new byte[32];
            agreement.CalculateAgreement(new X25519PublicKeyParameters(publicKey), shared, 0);
            return shared;
        }

        var curve = SecNamedCurves.GetByName("secp256r1");
        var domain = new ECDomainParameters(curve);
        var ecdh = new ECDHBasicAgreement();
        ecdh.Init(new ECPrivateKeyParameters(new BigInteger(1, privateKey), domain));
        var value = ecdh.CalculateAgreement(new ECPublicKeyParameters(curve.Curve.DecodePoint(publicKey), domain)).ToByteArrayUnsigned();
        return [.. new byte[32 - value.Length], .. value];
    }

    /// <summary>The key share of a hello, found by its extension: type 51, group, length.</summary>
    public static byte[] PublicKeyOf(byte[] hello)
    {
        for (var i = 40; i < hello.Length - 10; i++)
        {
            if (hello[i] != 0 || hello[i + 1] != 51)
                continue;

            // In a ClientHello the list has a length of its own first.
            var at = i + 4 + (hello[0] == 1 ? 2 : 0);
            var (group, size) = (hello[at + 1], hello[at + 3]);
            if ((group, size) is (0x1D, 32) or (0x17, 65))
                return hello[(at + 4)..(at + 4 + size)];
        }

        throw new InvalidOperationException("There is no key share in this hello.");
    }

    private byte[] Derive(TlsSecret secret, string label) =>
        TlsCryptoUtilities.HkdfExpandLabel(secret, Sha256, label, TranscriptHash, 32).Extract();

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "Establish13PhaseSecrets")]
    private static extern void EstablishSecrets(TlsUtilities? type, TlsContext context, TlsSecret? pskEarlySecret, TlsSecret sharedSecret);

    [UnsafeAccessor(UnsafeAccessorKind.StaticMethod, Name = "CalculatePskBinder")]
    private static extern byte[] CalculateBinder(
        TlsUtilities? type, TlsCrypto crypto, bool isExternalPsk, int pskCryptoHashAlgorithm, TlsSecret earlySecret, byte[] transcriptHash);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_prfCryptoHashAlgorithm")]
    private static extern ref int PrfHash(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_prfHashLength")]
    private static extern ref int PrfHashLength(SecurityParameters security);
}
