using System.Security.Cryptography;

namespace TlsFsm.Tests.Support;

/// <summary>What the system has that the tests run on.</summary>
internal static class ThisSystem
{
    /// <summary>Asked of .NET and not of what is tested: where it is true nothing that needs OpenSSL may be left out.</summary>
    public static bool HasOpenSsl3 => OperatingSystem.IsLinux() && SafeEvpPKeyHandle.OpenSslVersion >> 28 == 3;
}
