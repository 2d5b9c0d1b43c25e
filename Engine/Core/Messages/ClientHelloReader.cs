using System.Buffers.Binary;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Text;

namespace TlsFsm.Core.Messages;

/// <summary>Reads a ClientHello, for choices that come before BouncyCastle sees it.</summary>
internal static class ClientHelloReader
{
    /// <summary>Reads a ClientHello.</summary>
    /// <returns>Null when it is malformed.</returns>
    public static TlsClientHello? Parse(byte[] message)
    {
        var reader = new Cursor(message.AsSpan(4));
        var legacyVersion = reader.UInt16();
        reader.Bytes(32);
        reader.Vector8();
        var suites = Numbers(reader.Vector16());
        reader.Vector8();
        var extensions = new List<int>();
        string? name = null;
        List<SslApplicationProtocol> protocols = [];
        List<int>? versions = null;
        List<int> groups = [];
        List<int> schemes = [];
        if (!reader.IsAtEnd)
        {
            var all = new Cursor(reader.Vector16());
            while (!all.IsAtEnd && !all.HasFailed)
            {
                var type = all.UInt16();
                var body = all.Vector16();
                extensions.Add(type);
                switch (type)
                {
                    case 0:
                        name = Name(body);
                        break;
                    case 10:
                        groups = Numbers(new Cursor(body).Vector16());
                        break;
                    case 13:
                        schemes = Numbers(new Cursor(body).Vector16());
                        break;
                    case 16:
                        protocols = Protocols(body);
                        break;
                    case 43:
                        versions = Numbers(new Cursor(body).Vector8());
                        break;
                }
            }

            if (all.HasFailed)
                return null;
        }

        if (reader.HasFailed || !reader.IsAtEnd)
            return null;

        return new TlsClientHello
        {
            Raw = message,
            ServerName = name,
            ApplicationProtocols = protocols,
            Versions = versions ?? [legacyVersion],
            CipherSuites = [.. suites.Select(suite => (TlsCipherSuite)suite)],
            Extensions = extensions,
            Groups = groups,
            SignatureSchemes = schemes,
            Ja4 = Ja4(versions ?? [legacyVersion], suites, extensions, schemes, protocols),
        };
    }

    private static string? Name(ReadOnlySpan<byte> body)
    {
        var list = new Cursor(new Cursor(body).Vector16());
        while (!list.IsAtEnd && !list.HasFailed)
        {
            var isHost = list.UInt8() == 0;
            var name = list.Vector16();
            if (isHost && !name.ContainsAnyExceptInRange((byte)0x21, (byte)0x7E))
                return Encoding.ASCII.GetString(name).ToLowerInvariant();
        }

        return null;
    }

    private static List<SslApplicationProtocol> Protocols(ReadOnlySpan<byte> body)
    {
        var protocols = new List<SslApplicationProtocol>();
        var list = new Cursor(new Cursor(body).Vector16());
        while (!list.IsAtEnd && !list.HasFailed)
        {
            var name = list.Vector8();
            if (!name.IsEmpty)
                protocols.Add(new SslApplicationProtocol(name.ToArray()));
        }

        return protocols;
    }

    private static List<int> Numbers(ReadOnlySpan<byte> body)
    {
        var numbers = new List<int>(body.Length / 2);
        for (var i = 0; i + 1 < body.Length; i += 2)
            numbers.Add(BinaryPrimitives.ReadUInt16BigEndian(body[i..]));
        return numbers;
    }

    private static string Ja4(
        List<int> versions, List<int> suites, List<int> extensions, List<int> schemes, List<SslApplicationProtocol> protocols)
    {
        var version = versions.Where(one => !IsGrease(one)).DefaultIfEmpty(0).Max() switch
        {
            0x0304 => "13",
            0x0303 => "12",
            0x0302 => "11",
            0x0301 => "10",
            0x0300 => "s3",
            _ => "00",
        };
        var realSuites = suites.Where(one => !IsGrease(one)).ToList();
        var realExtensions = extensions.Where(one => !IsGrease(one)).ToList();
        var first = protocols.Count == 0 ? "00" : Ends(protocols[0].Protocol.Span);
        var head = string.Create(
            CultureInfo.InvariantCulture,
            $"t{version}{(extensions.Contains(0) ? 'd' : 'i')}{Math.Min(realSuites.Count, 99):00}{Math.Min(realExtensions.Count, 99):00}{first}");
        var listed = string.Join(',', Hex(realExtensions.Where(one => one is not (0 or 16)).Order()));
        var signed = string.Join(',', Hex(schemes.Where(one => !IsGrease(one))));
        return $"{head}_{Hash(string.Join(',', Hex(realSuites.Order())))}_{Hash(signed.Length == 0 ? listed : $"{listed}_{signed}")}";
    }

    private static string Ends(ReadOnlySpan<byte> name)
    {
        var (first, last) = ((char)name[0], (char)name[^1]);
        return char.IsAsciiLetterOrDigit(first) && char.IsAsciiLetterOrDigit(last)
            ? $"{first}{last}"
            : $"{Convert.ToHexStringLower(name)[0]}{Convert.ToHexStringLower(name)[^1]}";
    }

    private static IEnumerable<string> Hex(IEnumerable<int> numbers) =>
        numbers.Select(one => one.ToString("x4", CultureInfo.InvariantCulture));

    private static string Hash(string text) =>
        text.Length == 0 ? "000000000000" : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..12];

    /// <summary>RFC 8701: values that mean nothing, to keep servers tolerant.</summary>
    private static bool IsGrease(int value) => (value & 0x0F0F) == 0x0A0A && value >> 8 == (value & 0xFF);
}
