using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace TlsFsm.Core.Sessions;

/// <summary>What a server must know again to resume a session; sealed in the ticket. Holds a secret.</summary>
internal sealed record TicketState
{
    private const byte Format = 3;

    /// <summary>The version on the wire: 0x0303 or 0x0304.</summary>
    public required int Version { get; init; }

    public required int CipherSuite { get; init; }

    /// <summary>TLS 1.3: the ticket's PSK. TLS 1.2: the master secret.</summary>
    public required byte[] Secret { get; init; }

    /// <summary>When the full handshake was.</summary>
    public required DateTimeOffset AuthenticatedAt { get; init; }

    public required Guid Origin { get; init; }

    /// <summary>
    /// What takes this ticket with it when it fails: on TLS 1.3 the connection that gave it, on 1.2, whose tickets are of one secret, the
    /// full handshake.
    /// </summary>
    public required Guid Lineage { get; init; }

    /// <summary><see cref="SessionBinding.Of(TlsServerOptions)"/>.</summary>
    public required byte[] Policy { get; init; }

    /// <summary>The name that the client asked for; empty without one.</summary>
    public required string ServerName { get; init; }

    public required byte[] ApplicationProtocol { get; init; }

    /// <summary>What the server presented: the hash of its certificate, or of its bare key.</summary>
    public required byte[] Presented { get; init; }

    /// <summary>The client's chain in DER, leaf first.</summary>
    public required IReadOnlyList<byte[]> ClientCertificates { get; init; }

    /// <summary>The client's bare key; empty without one.</summary>
    public byte[] ClientRawPublicKey { get; init; } = [];

    /// <summary>The state as bytes; overwrite them after use.</summary>
    public byte[] Write()
    {
        var name = Encoding.ASCII.GetBytes(ServerName);
        var size = 1 + 2 + 2 + 8 + 16 + 16 + 6 * 2 + Policy.Length + name.Length + ApplicationProtocol.Length + Secret.Length
            + Presented.Length + ClientRawPublicKey.Length + 1
            + ClientCertificates.Sum(certificate => 4 + certificate.Length);
        var bytes = new byte[size];
        var rest = bytes.AsSpan();
        Take(ref rest, 1)[0] = Format;
        BinaryPrimitives.WriteUInt16BigEndian(Take(ref rest, 2), (ushort)Version);
        BinaryPrimitives.WriteUInt16BigEndian(Take(ref rest, 2), (ushort)CipherSuite);
        BinaryPrimitives.WriteInt64BigEndian(Take(ref rest, 8), AuthenticatedAt.ToUnixTimeMilliseconds());
        Origin.TryWriteBytes(Take(ref rest, 16));
        Lineage.TryWriteBytes(Take(ref rest, 16));
        Put(ref rest, Policy);
        Put(ref rest, name);
        Put(ref rest, ApplicationProtocol);
        Put(ref rest, Secret);
        Put(ref rest, Presented);
        Put(ref rest, ClientRawPublicKey);
        Take(ref rest, 1)[0] = (byte)ClientCertificates.Count;
        foreach (var certificate in ClientCertificates)
        {
            BinaryPrimitives.WriteInt32BigEndian(Take(ref rest, 4), certificate.Length);
            certificate.CopyTo(Take(ref rest, certificate.Length));
        }

        return bytes;
    }

    /// <summary>Reads what a ring has opened, and so is what some version of us has written.</summary>
    /// <returns>Null for another format.</returns>
    public static TicketState? Read(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (bytes.IsEmpty || Take(ref bytes, 1)[0] != Format)
                return null;

            var version = BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2));
            var suite = BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2));
            var authenticatedAt = DateTimeOffset.FromUnixTimeMilliseconds(BinaryPrimitives.ReadInt64BigEndian(Take(ref bytes, 8)));
            var origin = new Guid(Take(ref bytes, 16));
            var lineage = new Guid(Take(ref bytes, 16));
            var policy = Get(ref bytes);
            var name = Encoding.ASCII.GetString(Get(ref bytes));
            var protocol = Get(ref bytes);
            var secret = Get(ref bytes);
            var presented = Get(ref bytes);
            var rawPublicKey = Get(ref bytes);
            var certificates = new byte[Take(ref bytes, 1)[0]][];
            for (var i = 0; i < certificates.Length; i++)
                certificates[i] = Take(ref bytes, BinaryPrimitives.ReadInt32BigEndian(Take(ref bytes, 4))).ToArray();

            return new TicketState
            {
                Version = version, CipherSuite = suite, AuthenticatedAt = authenticatedAt, Origin = origin, Lineage = lineage,
                Policy = policy,
                ServerName = name, ApplicationProtocol = protocol, Secret = secret, Presented = presented,
                ClientCertificates = certificates, ClientRawPublicKey = rawPublicKey,
            };
        }
        catch (ArgumentException)
        {
            // Cut short: a length leads beyond the end.
            return null;
        }
    }

    public void Forget() => CryptographicOperations.ZeroMemory(Secret);

    private static void Put(ref Span<byte> rest, byte[] content)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Take(ref rest, 2), (ushort)content.Length);
        content.CopyTo(Take(ref rest, content.Length));
    }

    private static byte[] Get(ref ReadOnlySpan<byte> rest) =>
        Take(ref rest, BinaryPrimitives.ReadUInt16BigEndian(Take(ref rest, 2))).ToArray();

    private static Span<byte> Take(ref Span<byte> rest, int count)
    {
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> rest, int count)
    {
        var taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
