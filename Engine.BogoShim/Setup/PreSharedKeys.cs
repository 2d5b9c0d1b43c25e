using System.Security.Cryptography;
using TlsFsm.BogoShim.Flags;

namespace TlsFsm.BogoShim.Setup;

/// <summary>Pre-shared keys, which the runner has imported ones of, and their places among all credentials.</summary>
internal static class PreSharedKeys
{
    /// <summary>The keys, both of each.</summary>
    /// <exception cref="UnimplementedException">They are wanted for what the engine does not do with a key.</exception>
    public static IReadOnlyList<TlsPsk> Of(ShimConfig config)
    {
        if (config.PreSharedKeys.Count == 0)
            return [];
        if (config.ResumeCount > 0 && !config.Expect.SessionMiss)
            throw new UnimplementedException("Sessions with a pre-shared key are not kept: who has the key needs no ticket.");
        if (config.IsServer && config.PreSharedKeys.Any(psk => psk.After > 0))
            throw new UnimplementedException("A server prefers a key that both know to its certificate.");

        try
        {
            return [.. config.PreSharedKeys.SelectMany(Import)];
        }
        catch (ArgumentException exception)
        {
            throw new UnimplementedException($"The pre-shared key cannot be used: {exception.Message}");
        }
    }

    /// <summary>The place among all credentials of the key with such an identity.</summary>
    public static int PlaceOf(ShimConfig config, ReadOnlyMemory<byte> identity)
    {
        var index = config.PreSharedKeys.FindIndex(psk => Import(psk).Any(one => one.Identity.Span.SequenceEqual(identity.Span)));
        return index + config.PreSharedKeys[index].After;
    }

    /// <summary>The place among all credentials of one with a certificate.</summary>
    /// <param name="config">The flags.</param>
    /// <param name="index">Its place among those; negative for none.</param>
    public static int PlaceOf(ShimConfig config, int index) =>
        index < 0 ? index : index + config.PreSharedKeys.Count(psk => psk.After <= index);

    private static IReadOnlyList<TlsPsk> Import(PskConfig psk) =>
        TlsPsk.Import(psk.Identity, psk.Key, psk.Context, psk.IsSha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256);
}
