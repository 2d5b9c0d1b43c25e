using TlsFsm.Fuzz.Handshakes;

namespace TlsFsm.Fuzz.Worst;

/// <summary>ClientHellos as bytes, and records around them.</summary>
internal static class Hellos
{
    private static readonly Lazy<byte[][]> Made = new(() =>
    [
        Of(new TlsClientOptions { TargetHost = Identities.Host, Verification = Identities.Trust }),
        Of(new TlsClientOptions
        {
            TargetHost = Identities.Host, Verification = Identities.Trust,
            ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http2],
            Policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1] },
        }),
        Of(new TlsClientOptions
        {
            TargetHost = Identities.Host, Verification = Identities.Trust,
                EnabledProtocols = System.Security.Authentication.SslProtocols.Tls12,
        }),
        Of(new TlsClientOptions
        {
            TargetHost = Identities.Host, Verification = Identities.Trust, Policy = TlsPolicy.Modern with
            {
                Groups = [TlsNamedGroup.X25519],
            },
            Psks = [new TlsPsk(EngineOptions.PskIdentity, EngineOptions.PskSecret)],
        }),
    ]);

    /// <summary>What our clients say, their random bytes made the same each time.</summary>
    public static IReadOnlyList<byte[]> Usual => Made.Value;

    /// <summary>Records with a message in them.</summary>
    /// <param name="message">The message, with its header.</param>
    /// <param name="size">The most that one has of it.</param>
    /// <param name="type">Of the records.</param>
    public static byte[] Records(byte[] message, int size = 1 << 14, byte type = 22) =>
        [.. message.Chunk(size).SelectMany(part => (byte[])[type, 3, 3, (byte)(part.Length >> 8), (byte)part.Length, .. part])];

    private static byte[] Of(TlsClientOptions options)
    {
        using var core = BouncyCastleCore.CreateClient(options);
        MemoryBio output = new();
        core.Attach(new MemoryBio(), output);
        core.StepHandshake();
        var hello = output.Readable[5..].ToArray();
        hello.AsSpan(6, 32).Fill(0x5A);
        hello.AsSpan(39, hello[38]).Fill(0x5B);

        // Public keys of X25519 and of the hybrid may be any bytes; a point of P-256 may not, and stays out.
        var extensions = Extensions.Of(hello, isTls13: true)!;
        for (var i = 0; i < extensions.All.Count; i++)
        {
            var (type, body) = extensions.All[i];
            if (type == 51)
                extensions.All[i] = (type, [0, 36, 0, 29, 0, 32, .. Enumerable.Repeat((byte)9, 32)]);
            else if (type == 41)
                extensions.All[i] = (type, [.. body[..^32], .. new byte[32]]);
        }

        return extensions.Write();
    }
}
