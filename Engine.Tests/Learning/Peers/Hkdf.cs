using System.Security.Cryptography;
using System.Text;

namespace TlsFsm.Tests.Learning.Peers;

/// <summary>The key derivations of both versions with SHA-256, from the platform's HKDF and HMAC.</summary>
internal static class Hkdf
{
    public static byte[] Extract(byte[] salt, byte[] secret) => HKDF.Extract(HashAlgorithmName.SHA256, secret, salt);

    /// <summary>RFC 8446 section 7.1: HKDF-Expand-Label.</summary>
    public static byte[] Expand(byte[] secret, string label, byte[] context, int size)
    {
        var name = Encoding.ASCII.GetBytes("tls13 " + label);
        return HKDF.Expand(
            HashAlgorithmName.SHA256, secret, size,
            [(byte)(size >> 8), (byte)size, (byte)name.Length, .. name, (byte)context.Length, .. context]);
    }

    /// <summary>RFC 5246 section 5: the PRF of TLS 1.2.</summary>
    public static byte[] Prf(byte[] secret, string label, byte[] seed, int size)
    {
        byte[] labelled = [.. Encoding.ASCII.GetBytes(label), .. seed];
        var a = labelled;
        var output = new List<byte>();
        while (output.Count < size)
        {
            a = HMACSHA256.HashData(secret, a);
            output.AddRange(HMACSHA256.HashData(secret, (byte[])[.. a, .. labelled]));
        }

        return [.. output.Take(size)];
    }
}
