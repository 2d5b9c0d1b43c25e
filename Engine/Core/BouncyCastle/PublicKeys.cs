using System.Buffers.Binary;
using System.Security.Cryptography;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>
/// Public keys of certificates met before, lent to one check of a signature at a time: importing one takes the platform longer (80 us for
/// P-256, 120 us for RSA) than the check itself. They hold nothing secret and do not depend on who presents them.
/// </summary>
internal static class PublicKeys
{
    /// <summary>How many are kept; then all are let go.</summary>
    public const int Capacity = 256;

    private static readonly Dictionary<Name, AsymmetricAlgorithm> Idle = [];

    /// <summary>What a key is kept under: its certificate, to the byte.</summary>
    public static Name NameOf(byte[] certificate)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(certificate, digest);
        return new Name(BinaryPrimitives.ReadUInt128BigEndian(digest), BinaryPrimitives.ReadUInt128BigEndian(digest[16..]));
    }

    /// <summary>Takes a key out; null when it is not there, or somebody else has it.</summary>
    public static AsymmetricAlgorithm? Borrow(Name name)
    {
        lock (Idle)
        {
            return Idle.Remove(name, out var key) ? key : null;
        }
    }

    /// <summary>Puts a key in, borrowed or new. It is not the caller's any more.</summary>
    public static void Return(Name name, AsymmetricAlgorithm key)
    {
        lock (Idle)
        {
            if (Idle.Count >= Capacity)
            {
                foreach (var one in Idle.Values)
                    one.Dispose();
                Idle.Clear();
            }

            if (Idle.TryAdd(name, key))
                return;
        }

        key.Dispose();
    }

    /// <summary>A SHA-256 digest.</summary>
    internal readonly record struct Name(UInt128 High, UInt128 Low);
}
