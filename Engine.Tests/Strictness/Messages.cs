namespace TlsFsm.Tests.Strictness;

/// <summary>Handshake messages, byte by byte.</summary>
internal static class Messages
{
    public const byte HelloRequest = 0;
    public const byte ClientHello = 1;
    public const byte ServerHello = 2;
    public const byte NewSessionTicket = 4;
    public const byte EncryptedExtensions = 8;
    public const byte Certificate = 11;
    public const byte ServerKeyExchange = 12;
    public const byte CertificateRequest = 13;
    public const byte ServerHelloDone = 14;
    public const byte CertificateVerify = 15;
    public const byte ClientKeyExchange = 16;
    public const byte Finished = 20;
    public const byte KeyUpdate = 24;

    /// <summary>A message with its header.</summary>
    public static byte[] Make(byte type, params byte[] body) =>
        [type, (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. body];

    /// <summary>The message with more bytes at its end.</summary>
    public static byte[] Longer(byte[] message, params byte[] more) => Make(message[0], [.. message[4..], .. more]);

    /// <summary>The message without its last byte.</summary>
    public static byte[] Shorter(byte[] message) => Make(message[0], message[4..^1]);

    /// <summary>The message with one bit of its last byte changed.</summary>
    public static byte[] Damaged(byte[] message) => [.. message[..^1], (byte)(message[^1] ^ 1)];

    public static byte[] Vector16(byte[] content) => [(byte)(content.Length >> 8), (byte)content.Length, .. content];

    public static byte[] Extension(int type, params byte[] data) => [(byte)(type >> 8), (byte)type, .. Vector16(data)];

    public static byte[] Extensions(IEnumerable<(int Type, byte[] Data)> all) => [.. all.SelectMany(one => Extension(one.Type, one.Data))];

    /// <summary>A record in clear.</summary>
    public static byte[] Record(byte type, params byte[] content) => [type, 3, 3, .. Vector16(content)];
}
