using System.Formats.Asn1;
using TlsFsm.Abstractions.Seams;

namespace TlsFsm;

/// <summary>The OCSP response that a server sends along with its certificate (RFC 6066 section 8), and who brings the next one.</summary>
/// <remarks>All members may be called from any thread. A new response counts for handshakes that begin after it came.</remarks>
public sealed class OcspStaple
{
    /// <summary>The largest response taken, in bytes: peers limit handshake messages to about that, and the usual one has 500.</summary>
    public const int MaxSize = 32 * 1024;

    private readonly Lock _lock = new();
    private readonly Action<OcspStaple>? _refresh;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private byte[] _response = [];
    private long _askedAt;

    /// <summary>A response that the caller replaces when it likes.</summary>
    /// <param name="response">In DER, as a responder sends it.</param>
    /// <exception cref="ArgumentException">Not a successful OCSP response, or larger than <see cref="MaxSize"/>.</exception>
    public OcspStaple(ReadOnlyMemory<byte> response)
    {
        _time = DefaultClock.Instance;
        Replace(response);
    }

    /// <summary>A response that is asked for at the first handshake and again at the first one after each interval.</summary>
    /// <param name="refresh">
    /// Called on a connection's loop, so it must not block: it sets about fetching a response and hands it to <see cref="Replace"/> later.
    /// Handshakes go on meanwhile with what there is.
    /// </param>
    /// <param name="interval">Greater than zero; less than half of a response's life.</param>
    /// <param name="time">The clock. Null: the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive.</exception>
    public OcspStaple(Action<OcspStaple> refresh, TimeSpan interval, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(refresh);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _refresh = refresh;
        _interval = interval;
        _time = time ?? DefaultClock.Instance;
    }

    /// <summary>The response; empty while there is none, and then nothing is stapled.</summary>
    public ReadOnlyMemory<byte> Response => Volatile.Read(ref _response);

    /// <summary>Takes a new response.</summary>
    /// <param name="response">In DER; copied.</param>
    /// <exception cref="ArgumentException">
    /// Not a successful OCSP response, or larger than <see cref="MaxSize"/>. The old one stays.
    /// </exception>
    public void Replace(ReadOnlyMemory<byte> response)
    {
        if (response.Length > MaxSize)
            throw new ArgumentException(
                $"The OCSP response has {response.Length} bytes, more than {nameof(MaxSize)} ({MaxSize}).", nameof(response));

        try
        {
            var status = new AsnReader(response, AsnEncodingRules.DER).ReadSequence().ReadEnumeratedBytes();
            if (!status.Span.SequenceEqual<byte>([0]))
                throw new ArgumentException(
                    "The OCSP responder reports an error instead of a status: there is nothing to staple.", nameof(response));
        }
        catch (AsnContentException exception)
        {
            throw new ArgumentException($"This is no OCSP response: {exception.Message}", nameof(response), exception);
        }

        Volatile.Write(ref _response, response.ToArray());
    }

    /// <summary>The response for a handshake; asks for a new one if that is due.</summary>
    internal byte[] Take()
    {
        if (_refresh is not null && IsDue())
            _refresh(this);

        return Volatile.Read(ref _response);
    }

    private bool IsDue()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_askedAt != 0 && _time.GetElapsedTime(_askedAt, now) < _interval)
                return false;

            _askedAt = now == 0 ? 1 : now;
            return true;
        }
    }
}
