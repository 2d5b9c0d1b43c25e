using System.Collections;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.Certificates;

/// <summary>What a peer presented, leaf first. Each certificate is read when it is first asked for, which costs the platform 0.1 ms: few applications ask.</summary>
internal sealed class PresentedCertificates : IReadOnlyList<X509Certificate2>
{
    private readonly X509Certificate2?[] _certificates;

    /// <param name="encoded">In DER, leaf first.</param>
    /// <param name="limits">How many there may be.</param>
    /// <exception cref="TlsCertificateException">There are too many.</exception>
    public PresentedCertificates(IReadOnlyList<byte[]> encoded, TlsLimits limits)
    {
        if (encoded.Count > limits.MaxCertificateChainLength)
            throw new TlsCertificateException(
                $"The peer presented {encoded.Count} certificates, more than {nameof(limits.MaxCertificateChainLength)} ({limits.MaxCertificateChainLength}).",
                TlsAlert.BadCertificate, "chain length", certificate: null, host: null);

        Encoded = encoded;
        _certificates = new X509Certificate2[encoded.Count];
    }

    public IReadOnlyList<byte[]> Encoded { get; }

    public int Count => _certificates.Length;

    /// <exception cref="TlsCertificateException">It is malformed.</exception>
    public X509Certificate2 this[int index]
    {
        get
        {
            if (Volatile.Read(ref _certificates[index]) is { } known)
                return known;

            var read = Read(index);
            if (Interlocked.CompareExchange(ref _certificates[index], read, null) is not { } first)
                return read;

            read.Dispose();
            return first;
        }
    }

    /// <summary>Reads all of them now.</summary>
    /// <exception cref="TlsCertificateException">One of them is malformed.</exception>
    public void ReadAll()
    {
        for (var i = 0; i < Count; i++)
            _ = this[i];
    }

    public IEnumerator<X509Certificate2> GetEnumerator()
    {
        for (var i = 0; i < Count; i++)
            yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private X509Certificate2 Read(int index)
    {
        try
        {
            return X509CertificateLoader.LoadCertificate(Encoded[index]);
        }
        catch (CryptographicException e)
        {
            throw new TlsCertificateException(
                $"The peer's certificate number {index + 1} of {Count} is malformed: {e.Message}", TlsAlert.BadCertificate, "encoding", certificate: null, host: null, e);
        }
    }
}
