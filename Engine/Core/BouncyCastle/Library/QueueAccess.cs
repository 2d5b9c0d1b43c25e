using System.Runtime.CompilerServices;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>
/// The queue of decrypted application data, which BouncyCastle keeps to itself. <c>LibraryFit</c> says whether the name still fits.
/// </summary>
internal static class QueueAccess
{
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_applicationDataQueue")]
    public static extern ref ByteQueue ApplicationData(TlsProtocol protocol);
}
