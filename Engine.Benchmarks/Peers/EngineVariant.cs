using System.Globalization;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>What of our engine is measured: its name says which memory, which package and which group was on.</summary>
internal sealed record EngineVariant
{
    /// <summary>As without an option: X25519 by the system's OpenSSL, good chains remembered for a second, both ends counted.</summary>
    public static EngineVariant Plain { get; } = new();

    /// <summary>The groups of both ends; empty for the policy's own choice, X25519 with ML-KEM-768.</summary>
    public IReadOnlyList<TlsNamedGroup> Groups { get; init; } = [TlsNamedGroup.X25519];

    /// <summary>Whether the memory of good chains is off, so that each handshake builds its chain, as the others' do.</summary>
    public bool IsChainBuiltAnew { get; init; }

    /// <summary>Whether X25519 is libsodium's.</summary>
    public bool IsSodium { get; init; }

    /// <summary>Whether X25519 is BouncyCastle's managed code, as where there is no OpenSSL.</summary>
    public bool IsManaged { get; init; }

    /// <summary>The one end whose work is counted; null for both.</summary>
    public PairEnd? Counted { get; init; }

    /// <summary>By how much the key shares of both ends are larger than X25519's: those of ML-KEM-768, or of a point.</summary>
    public int ShareBytes => Groups switch
    {
        [TlsNamedGroup.X25519] => 0,
        [] => 1184 + 1088,
        _ => 2 * 33,
    };

    /// <summary>What the tables call it.</summary>
    public string Name
    {
        get
        {
            string[] words =
            [
                .. Counted is { } end ? [$"{end.ToString().ToLower(CultureInfo.InvariantCulture)} alone"] : Array.Empty<string>(),
                .. Groups is [TlsNamedGroup.X25519] ? Array.Empty<string>()
                    : [Groups is [] ? "with ML-KEM" : string.Join(", ", Groups)],
                .. IsSodium ? ["libsodium"] : Array.Empty<string>(),
                .. IsManaged ? ["managed X25519"] : Array.Empty<string>(),
                .. IsChainBuiltAnew ? ["each chain built anew"] : Array.Empty<string>(),
            ];
            return words.Length == 0 ? ContenderNames.TlsFsm : $"{ContenderNames.TlsFsm} ({string.Join(", ", words)})";
        }
    }
}

/// <summary>One end of a pair.</summary>
internal enum PairEnd
{
    Client,
    Server,
}
