using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TlsFsm.Abstractions.Credentials;

/// <summary>Keys for TLS 1.3 out of one that may be for more (RFC 9258 section 5).</summary>
internal static class PskImporter
{
    private const ushort Tls13 = 0x0304;

    /// <summary>What an imported key is asked for by: <c>ImportedIdentity</c> (section 5.1).</summary>
    public static byte[] Identity(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> context, HashAlgorithmName target)
    {
        var imported = new byte[8 + identity.Length + context.Length];
        var rest = Vector(Vector(imported, identity), context);
        BinaryPrimitives.WriteUInt16BigEndian(rest, Tls13);

        // HKDF_SHA256 and HKDF_SHA384 (section 10).
        BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)(target == HashAlgorithmName.SHA384 ? 2 : 1));
        return imported;

        static Span<byte> Vector(Span<byte> output, ReadOnlySpan<byte> content)
        {
            BinaryPrimitives.WriteUInt16BigEndian(output, (ushort)content.Length);
            content.CopyTo(output[2..]);
            return output[(2 + content.Length)..];
        }
    }

    /// <summary>The key that goes with such an identity (section 5.2).</summary>
    /// <param name="key">The one that both sides know.</param>
    /// <param name="hash">Its own hash.</param>
    /// <param name="imported">The identity of the imported one.</param>
    /// <param name="target">The hash of the suites that it is for.</param>
    public static byte[] Key(ReadOnlySpan<byte> key, HashAlgorithmName hash, ReadOnlySpan<byte> imported, HashAlgorithmName target)
    {
        // Zeros in place of a salt: what RFC 5869 section 2.2 takes for none.
        Span<byte> extracted = stackalloc byte[SizeOf(hash)];
        HKDF.Extract(hash, key, [], extracted);
        var output = new byte[SizeOf(target)];
        HKDF.Expand(hash, extracted, output, Info(output.Length, CryptographicOperations.HashData(hash, imported)));
        CryptographicOperations.ZeroMemory(extracted);
        return output;
    }

    /// <summary>HkdfLabel (RFC 8446 section 7.1).</summary>
    private static byte[] Info(int length, ReadOnlySpan<byte> context)
    {
        var label = "tls13 derived psk"u8;
        return [(byte)(length >> 8), (byte)length, (byte)label.Length, .. label, (byte)context.Length, .. context];
    }

    private static int SizeOf(HashAlgorithmName hash) => hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes : SHA256.HashSizeInBytes;
}
