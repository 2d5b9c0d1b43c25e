using System.Runtime.CompilerServices;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>
/// Handshake messages that were held back, in the form in which BouncyCastle takes them. <c>LibraryFit</c> says whether the
/// constructor still fits.
/// </summary>
internal static class HandshakeMessages
{
    private const int HeaderSize = 4;

    /// <summary>A message as BouncyCastle hands it to its handlers: positioned after its header.</summary>
    public static HandshakeMessageInput From(byte[] message)
    {
        var input = Create(message, 0, message.Length);
        input.Position = HeaderSize;
        return input;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern HandshakeMessageInput Create(byte[] buf, int offset, int length);
}
