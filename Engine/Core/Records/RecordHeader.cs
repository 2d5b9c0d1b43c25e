using System.Buffers.Binary;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Records;

/// <summary>
/// The five bytes before each record (RFC 8446 section 5.1), judged as soon as they are there: plain HTTP, garbage and oversized
/// records are refused before a byte more is waited for.
/// </summary>
/// <param name="Type">The content type on the wire.</param>
/// <param name="Length">Bytes after the header.</param>
internal readonly record struct RecordHeader(byte Type, int Length)
{
    public const int Size = 5;
    public const byte ChangeCipherSpec = 20;
    public const byte Alert = 21;
    public const byte Handshake = 22;
    public const byte ApplicationData = 23;

    // RFC 8446 sections 5.1 and 5.2: 2^14 bytes in clear, 256 more when protected. RFC 5246 section 6.2.3: 2048 more.
    private const int MaxPlaintext = 1 << 14;
    private const int MaxCiphertext13 = MaxPlaintext + 256;
    private const int MaxCiphertext12 = MaxPlaintext + 2048;
    private const int Version = 0x0303;

    /// <summary>Header and body.</summary>
    public int RecordSize => Size + Length;

    /// <summary>Reads the header of the record at the front.</summary>
    /// <returns>False when fewer than five bytes are there.</returns>
    /// <exception cref="TlsException">No peer that speaks TLS sends this; <see cref="TlsException.Alert"/> says what to answer.</exception>
    public static bool TryRead(ReadOnlySpan<byte> bytes, RecordPhase phase, out RecordHeader header)
    {
        header = default;
        if (bytes.Length < Size)
            return false;

        header = new RecordHeader(bytes[0], BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]));
        if (!IsExpected(header.Type, phase))
            throw Refuse(bytes, phase, RecordFaults.RecordType, $"a record of content type {header.Type}, which has no place here");
        if (header.Type == Handshake && phase == RecordPhase.Protected13)
            throw Refuse([], phase, RecordFaults.ClearRecord, "a handshake message in clear after its keys had changed");
        if (BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]) != Version)
            CheckVersion(bytes, phase);

        var limit = LimitOf(header.Type, phase);
        if (header.Length > limit)
            throw Refuse(
                [], phase, RecordFaults.OversizedRecord, $"a record of {header.Length} bytes, more than the {limit} that are allowed");

        return true;
    }

    /// <summary>The size of the record of data at the front; zero when there is none, or not all of it.</summary>
    public static int SizeOfData(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Size || bytes[0] != ApplicationData)
            return 0;

        var size = Size + BinaryPrimitives.ReadUInt16BigEndian(bytes[3..]);
        return size <= bytes.Length ? size : 0;
    }

    private static bool IsExpected(byte type, RecordPhase phase) => phase switch
    {
        RecordPhase.First => type is Handshake or Alert,
        _ => type is >= ChangeCipherSpec and <= ApplicationData,
    };

    /// <summary>
    /// RFC 8446 section 5.1: legacy_record_version is to be ignored, but another major version is not TLS at all. Protected records of
    /// TLS 1.3 (section 5.2), and all of TLS 1.2 (RFC 5246 section 6.2.1), are of version 3.3.
    /// </summary>
    private static void CheckVersion(ReadOnlySpan<byte> bytes, RecordPhase phase)
    {
        if (bytes[1] != 3)
            throw Refuse(bytes, phase, RecordFaults.NoTls, $"a record of version {bytes[1]}.{bytes[2]}, which is not TLS");
        if (phase is RecordPhase.Clear12 or RecordPhase.Protected12 || bytes[0] == ApplicationData)
            throw Refuse([], phase, RecordFaults.RecordVersion, $"a record of version {bytes[1]}.{bytes[2]}, where 3.3 stands by now");
    }

    private static int LimitOf(byte type, RecordPhase phase) => phase switch
    {
        RecordPhase.Protected12 => MaxCiphertext12,
        RecordPhase.Protected13 when type == ApplicationData => MaxCiphertext13,
        _ => MaxPlaintext,
    };

    private static TlsException Refuse(ReadOnlySpan<byte> bytes, RecordPhase phase, PeerFault fault, string what)
    {
        var text = phase == RecordPhase.First ? Recognise(bytes) : null;
        return text is null ? fault.ToException(what) : new TlsException(
            $"{text} It sent {what}.", CloseReason.Failed, TlsFault.PeerMisbehaved, fault.Alert);
    }

    /// <summary>What else speaks at the other end, when the first bytes tell.</summary>
    private static string? Recognise(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<string> requests = ["GET ", "POST", "PUT ", "HEAD", "OPTIO", "DELET", "PATCH", "CONNE", "TRACE", "PRI *"];
        foreach (var request in requests)
        {
            if (StartsWith(bytes, request))
                return "The peer speaks plain HTTP, not TLS.";
        }

        return StartsWith(bytes, "HTTP") ? "The peer answers in plain HTTP, not TLS."
            : StartsWith(bytes, "SSH-") ? "The peer speaks SSH, not TLS."
            : StartsWith(bytes, "220 ") || StartsWith(bytes, "220-") || StartsWith(bytes, "* OK") || StartsWith(bytes, "+OK ")
                ? "The peer greets in plain text, not TLS: this port may want STARTTLS first."
            : null;
    }

    private static bool StartsWith(ReadOnlySpan<byte> bytes, string text)
    {
        if (bytes.Length < text.Length)
            return false;

        for (var i = 0; i < text.Length; i++)
        {
            if (bytes[i] != text[i])
                return false;
        }

        return true;
    }
}
