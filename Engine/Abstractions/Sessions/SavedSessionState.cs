using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions.Sessions;

/// <summary>A client's session as bytes, its secret among them: what a ring seals, and what the tool keeps in a file.</summary>
internal static class SavedSessionState
{
    // Another first byte than a server's tickets have: under one ring, neither is ever taken for the other.
    private const byte Format = 0xC1;

    private const int MaxCertificates = 32;
    private const int MaxCertificateSize = 1 << 20;

    /// <summary>The session as bytes; overwrite them after use.</summary>
    /// <param name="secret">Of the session; the caller's to overwrite.</param>
    /// <param name="about">The rest of it.</param>
    public static byte[] Write(ReadOnlySpan<byte> secret, TlsSavedSession.Facts about)
    {
        // Large enough: one that grows leaves copies of the secret behind.
        using var bytes = new MemoryStream(
            512 + about.Key.Length + about.Ticket.Length + about.Peer.RawPublicKey.Length
            + about.Peer.Certificates.Sum(certificate => 4 + certificate.RawDataMemory.Length));
        using var writer = new BinaryWriter(bytes);
        writer.Write(Format);
        writer.Write(about.Key);
        writer.Write(about.Origin.ToByteArray());
        writer.Write((int)about.Protocol);
        writer.Write(about.CipherSuite);
        foreach (var moment in (DateTimeOffset[])[about.ReceivedAt, about.AuthenticatedAt, about.ExpiresAt])
            writer.Write(moment.ToUnixTimeMilliseconds());
        writer.Write(about.AgeAdd);
        Put(writer, secret);
        Put(writer, about.Ticket);
        Put(writer, about.SessionId);
        Put(writer, about.ApplicationProtocol.Protocol.Span);
        Put(writer, about.Peer.RawPublicKey.Span);
        writer.Write(about.Peer.Certificates.Count);
        foreach (var certificate in about.Peer.Certificates)
            Put(writer, certificate.RawDataMemory.Span);

        var all = bytes.ToArray();
        CryptographicOperations.ZeroMemory(bytes.GetBuffer());
        return all;
    }

    /// <summary>Reads what some version of us has written, as a ring or a checksum says.</summary>
    /// <returns>Null for another format, or what is no session.</returns>
    public static TlsSavedSession? Read(byte[] state)
    {
        byte[] secret = [];
        try
        {
            using var reader = new BinaryReader(new MemoryStream(state));
            if (reader.ReadByte() != Format)
                return null;

            var (key, origin) = (reader.ReadString(), new Guid(Exactly(reader, 16)));
            var (protocol, suite) = ((SslProtocols)reader.ReadInt32(), reader.ReadInt32());
            var (receivedAt, authenticatedAt, expiresAt) = (Moment(reader), Moment(reader), Moment(reader));
            var ageAdd = reader.ReadUInt32();
            secret = Get(reader);
            var about = new TlsSavedSession.Facts
            {
                Key = key, Origin = origin, Protocol = protocol, CipherSuite = suite,
                ReceivedAt = receivedAt, AuthenticatedAt = authenticatedAt, ExpiresAt = expiresAt, AgeAdd = ageAdd,
                Ticket = Get(reader), SessionId = Get(reader),
                ApplicationProtocol = Get(reader) is { Length: > 0 } name ? new SslApplicationProtocol(name) : default,
                Peer = PeerOf(reader),
            };
            if (reader.BaseStream.Position == state.Length && IsWhole(secret, about))
                return new TlsSavedSession(secret, about);
        }
        catch (Exception e) when (e is IOException or ArgumentException or FormatException or CryptographicException)
        {
            // Cut short, or of somebody else's making.
        }

        CryptographicOperations.ZeroMemory(secret);
        return null;
    }

    /// <summary>TLS 1.2 is resumed by a ticket or an id, TLS 1.3 by a ticket; a secret is 32 or 48 bytes.</summary>
    private static bool IsWhole(byte[] secret, TlsSavedSession.Facts about) => secret.Length is 32 or 48 && about.Protocol switch
    {
        SslProtocols.Tls13 => about.Ticket.Length > 0,
        SslProtocols.Tls12 => secret.Length == 48 && (about.Ticket.Length > 0 || about.SessionId.Length is > 0 and <= 32),
        _ => false,
    };

    private static PeerIdentity PeerOf(BinaryReader reader)
    {
        var rawKey = Get(reader);
        var count = reader.ReadInt32();
        if (count is < 0 or > MaxCertificates)
            throw new FormatException();

        var certificates = new X509Certificate2[count];
        for (var i = 0; i < count; i++)
            certificates[i] = X509CertificateLoader.LoadCertificate(Get(reader));
        return new PeerIdentity(certificates, rawKey);
    }

    private static DateTimeOffset Moment(BinaryReader reader) => DateTimeOffset.FromUnixTimeMilliseconds(reader.ReadInt64());

    private static void Put(BinaryWriter writer, ReadOnlySpan<byte> content)
    {
        writer.Write(content.Length);
        writer.Write(content);
    }

    private static byte[] Get(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        return length is >= 0 and <= MaxCertificateSize ? Exactly(reader, length) : throw new FormatException();
    }

    private static byte[] Exactly(BinaryReader reader, int count) =>
        reader.ReadBytes(count) is var bytes && bytes.Length == count ? bytes : throw new EndOfStreamException();
}
