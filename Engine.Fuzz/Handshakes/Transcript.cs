using System.Buffers;
using System.Runtime.CompilerServices;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>
/// A peer's transcript that takes what was really sent. BouncyCastle hashes a message and sends it then; so the last that was hashed waits
/// here until it is known what becomes of it.
/// </summary>
internal sealed class Transcript(TlsHandshakeHash inner) : TlsHandshakeHash
{
    private readonly ArrayBufferWriter<byte> _waiting = new();

    // A test says whether the name still fits.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_handshakeHash")]
    public static extern ref TlsHandshakeHash Of(TlsProtocol protocol);

    /// <summary>What was sent in place of what was hashed last, if that is this message.</summary>
    public void Sent(ReadOnlySpan<byte> message, IEnumerable<byte[]> instead)
    {
        if (message.SequenceEqual(_waiting.WrittenSpan))
        {
            _waiting.Clear();
            foreach (var other in instead)
                inner.Update(other);
        }

        Settle();
    }

    public void Update(byte[] input, int inOff, int length) => Update(input.AsSpan(inOff, length));

    public void Update(ReadOnlySpan<byte> input)
    {
        Settle();
        _waiting.Write(input);
    }

    public byte[] CalculateHash() => Settled.CalculateHash();

    public TlsHash CloneHash() => Settled.CloneHash();

    public void Reset() => Settled.Reset();

    public void CopyBufferTo(Stream output) => Settled.CopyBufferTo(output);

    public void ForceBuffering() => Settled.ForceBuffering();

    public void NotifyPrfDetermined() => Settled.NotifyPrfDetermined();

    public void TrackHashAlgorithm(int cryptoHashAlgorithm) => Settled.TrackHashAlgorithm(cryptoHashAlgorithm);

    public void SealHashAlgorithms() => Settled.SealHashAlgorithms();

    public void StopTracking() => Settled.StopTracking();

    public TlsHash ForkPrfHash() => Settled.ForkPrfHash();

    public byte[] GetFinalHash(int cryptoHashAlgorithm) => Settled.GetFinalHash(cryptoHashAlgorithm);

    private TlsHandshakeHash Settled
    {
        get
        {
            Settle();
            return inner;
        }
    }

    private void Settle()
    {
        if (_waiting.WrittenCount == 0)
            return;

        inner.Update(_waiting.WrittenSpan);
        _waiting.Clear();
    }
}
