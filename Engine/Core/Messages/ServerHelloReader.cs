using System.Security.Authentication;

namespace TlsFsm.Core.Messages;

/// <summary>Reads which version a ServerHello chooses, for those who only look on.</summary>
internal static class ServerHelloReader
{
    private const int Tls12 = 0x0303;
    private const int Tls13 = 0x0304;
    private const int SupportedVersions = 43;

    /// <summary>RFC 8446 section 4.2.1: where there is a supported_versions, the legacy version means nothing.</summary>
    /// <param name="message">With its header.</param>
    /// <returns><see cref="SslProtocols.None"/> when it is malformed, or names none of TLS 1.2 and 1.3.</returns>
    public static SslProtocols VersionOf(ReadOnlySpan<byte> message)
    {
        var reader = new Cursor(message);
        reader.Bytes(4);
        var version = reader.UInt16();
        reader.Bytes(32);
        reader.Vector8();
        reader.Bytes(3);
        var extensions = new Cursor(reader.IsAtEnd ? [] : reader.Vector16());
        while (!extensions.IsAtEnd)
        {
            var type = extensions.UInt16();
            var body = new Cursor(extensions.Vector16());
            if (type == SupportedVersions)
                version = body.UInt16();
        }

        if (reader.HasFailed || extensions.HasFailed)
            return SslProtocols.None;
        if (version == Tls13)
            return SslProtocols.Tls13;

        var isTls12 = version == Tls12;
        return isTls12 ? SslProtocols.Tls12 : SslProtocols.None;
    }
}
