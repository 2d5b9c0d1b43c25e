using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Certificates;

/// <summary>
/// Ways from a leaf to where they end, most promising first. The platform takes one and does not go back: where authorities have several
/// certificates of one name, or several names are one authority, the first way it sees need not be the good one.
/// </summary>
internal sealed class CandidatePaths
{
    /// <summary>Certificates looked at in all, beyond which a peer only wants to keep us busy.</summary>
    private const int MaxSteps = 256;

    private readonly IReadOnlyList<X509Certificate2> _anchors;
    private readonly IReadOnlyList<X509Certificate2> _others;
    private readonly DateTimeOffset _time;
    private int _steps;

    /// <param name="anchors">Where a way may end; empty when that is not known.</param>
    /// <param name="others">What it may lead through.</param>
    /// <param name="time">Those that are valid then come first.</param>
    public CandidatePaths(IEnumerable<X509Certificate2> anchors, IEnumerable<X509Certificate2> others, DateTimeOffset time)
    {
        _anchors = [.. anchors];
        _others = [.. others];
        _time = time;
    }

    /// <summary>Where a way may end; empty when that is not known.</summary>
    public IReadOnlyList<X509Certificate2> Anchors => _anchors;

    /// <summary>Whether a certificate is trusted as it is.</summary>
    public bool IsAnchor(X509Certificate2 certificate) => _anchors.Any(anchor => CertificateText.IsSame(anchor, certificate));

    /// <summary>The ways, leaf first: to an anchor each; or where no anchors are known, as far as they lead.</summary>
    public IEnumerable<IReadOnlyList<X509Certificate2>> From(X509Certificate2 leaf) => From([leaf]);

    private IEnumerable<IReadOnlyList<X509Certificate2>> From(X509Certificate2[] way)
    {
        var last = way[^1];
        if (IsAnchor(last))
        {
            yield return way;
            yield break;
        }

        // A leaf, each of the others once, an anchor.
        var isEnd = true;
        if (way.Length < _others.Count + 2)
        {
            foreach (var issuer in IssuersOf(last).Where(issuer => !way.Any(one => CertificateText.IsSame(one, issuer))))
            {
                if (++_steps > MaxSteps)
                    yield break;

                isEnd = false;
                foreach (var whole in From([.. way, issuer]))
                    yield return whole;
            }
        }

        if (isEnd && _anchors.Count == 0)
            yield return way;
    }

    private IEnumerable<X509Certificate2> IssuersOf(X509Certificate2 certificate)
    {
        var wanted = Hint<X509AuthorityKeyIdentifierExtension>(certificate, static one => one.KeyIdentifier);
        return _anchors.Concat(_others)
            .Where(one => CertificateText.IsIssuedBy(certificate, one))
            .OrderBy(one => IsKeyOf(one, wanted) ? 0 : 1)
            .ThenBy(one => IsAnchor(one) ? 0 : 1)
            .ThenBy(one => _time >= one.NotBefore && _time <= one.NotAfter ? 0 : 1)
            .ThenByDescending(one => one.NotAfter);
    }

    /// <summary>RFC 4158 section 3.5.12: a hint, and no more.</summary>
    private static bool IsKeyOf(X509Certificate2 issuer, ReadOnlyMemory<byte>? wanted) => wanted is null
        || Hint<X509SubjectKeyIdentifierExtension>(issuer, static one => one.SubjectKeyIdentifierBytes) is not { } identifier
        || identifier.Span.SequenceEqual(wanted.Value.Span);

    private static ReadOnlyMemory<byte>? Hint<T>(X509Certificate2 certificate, Func<T, ReadOnlyMemory<byte>?> read) where T : X509Extension
    {
        try
        {
            return certificate.Extensions.OfType<T>().FirstOrDefault() is { } extension ? read(extension) : null;
        }
        catch (CryptographicException)
        {
            // A root of the caller's that is malformed; the others were looked at before.
            return null;
        }
    }
}
