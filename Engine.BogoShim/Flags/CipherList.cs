using System.Net.Security;

namespace TlsFsm.BogoShim.Flags;

/// <summary>
/// As much of OpenSSL's language of cipher lists as the runner speaks, for suites of TLS 1.2. Those of 1.3 are always on.
/// </summary>
internal static class CipherList
{
    /// <summary>Suites of TLS 1.2 with certificates, of all that can be named: those that the presets have, then CBC.</summary>
    public static IReadOnlyList<TlsCipherSuite> All { get; } =
    [
        .. TlsPolicy.Default.CipherSuites.Where(suite => !IsTls13(suite)),
        .. TlsPolicy.SupportedCipherSuites.Where(suite => Has(suite, "_CBC_")).OrderByDescending(IsEcdsa).ThenBy(suite => suite),
    ];

    /// <summary>Suites of TLS 1.3 by default.</summary>
    public static IReadOnlyList<TlsCipherSuite> Tls13 { get; } = [.. TlsPolicy.Default.CipherSuites.Where(IsTls13)];

    /// <summary>Reads a list.</summary>
    /// <returns>Suites of TLS 1.2 in its order; those that the engine does not have are left out.</returns>
    /// <exception cref="UnimplementedException">A word is not known, or nothing is left.</exception>
    public static IReadOnlyList<TlsCipherSuite> Parse(string text)
    {
        // Groups of equal preference are not in the engine's policy.
        if (text.Contains('[', StringComparison.Ordinal))
            throw new UnimplementedException("Suites of equal preference are not there.");

        var suites = new List<TlsCipherSuite>();
        foreach (var word in text.Split(':'))
        {
            if (word.StartsWith('!'))
                suites.RemoveAll(suite => Named(word[1..]).Contains(suite));
            else
                suites.AddRange(Named(word).Except(suites));
        }

        return suites.Count > 0 ? suites : throw new UnimplementedException($"The cipher list {text} has nothing that is there.");
    }

    /// <summary>Whether a suite is one of TLS 1.3.</summary>
    public static bool IsTls13(TlsCipherSuite suite) => ((int)suite & 0xFF00) == 0x1300;

    /// <summary>Whether a suite of TLS 1.2 is for ECDSA; the others are for RSA.</summary>
    public static bool IsEcdsa(TlsCipherSuite suite) => Has(suite, "_ECDSA_");

    private static IEnumerable<TlsCipherSuite> Named(string word) => word switch
    {
        "ALL" or "DEFAULT" => All,
        "AES" => All.Where(suite => Has(suite, "_AES_")),
        "AES128" => All.Where(suite => Has(suite, "_AES_128_")),
        "3DES" => [],
        _ when Enum.TryParse<TlsCipherSuite>(word, out var suite) => All.Where(one => one == suite),
        _ => throw new UnimplementedException($"The word {word} of a cipher list is not known."),
    };

    private static bool Has(TlsCipherSuite suite, string part) => suite.ToString().Contains(part, StringComparison.Ordinal);
}
