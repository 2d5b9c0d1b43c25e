using TlsFsm.Core.BouncyCastle.Crypto;

namespace TlsFsm;

/// <summary>Who computes X25519 (RFC 7748 section 5) without another package: for <see cref="TlsConnectionOptions.X25519"/>.</summary>
public static class TlsX25519
{
    /// <summary>BouncyCastle's managed code, which is there on every system.</summary>
    public static ITlsX25519 Managed => LibraryX25519.Instance;

    /// <summary>
    /// What connections have unless they are given another: OpenSSL 3's libcrypto where the system has it, as .NET itself needs it on
    /// Linux, at half the cost of managed code; <see cref="Managed"/> elsewhere.
    /// </summary>
    /// <remarks>Found out once in a process, by a vector of RFC 7748. It says by <c>ToString</c> which it is.</remarks>
    public static ITlsX25519 Default { get; } = (ITlsX25519?)OpenSslX25519.Find() ?? LibraryX25519.Instance;
}
