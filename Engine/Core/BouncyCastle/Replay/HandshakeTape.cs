using System.Buffers;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Decisions;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Replay;

/// <summary>
/// What a handshake whose signature takes time is made of: its random bytes, the records that came, what was decided, what was sent.
/// BouncyCastle signs in the middle of a step and cannot wait there; so the step is dropped before any of its output has left, and when
/// the signature is in, the handshake is gone through again from the beginning, with the same bytes and answers. What was sent before
/// must come out the same, or the handshake fails; it is not sent again.
/// </summary>
internal sealed class HandshakeTape : IAnswerMemory
{
    private readonly HandshakeGate _gate;
    private readonly List<object?> _answers = [];
    private readonly Dictionary<string, object?> _once = [];
    private readonly List<byte[]> _records = [];
    private readonly ArrayBufferWriter<byte> _sent = new();
    private byte[]? _hash;
    private byte[]? _signature;
    private TlsException? _refusal;
    /// <summary>How many of the answers were recalled; negative the first time.</summary>
    private int _recalled = -1;

    /// <param name="gate">Where questions are asked. It asks this tape first.</param>
    public HandshakeTape(HandshakeGate gate)
    {
        _gate = gate;
        gate.Memory = this;
    }

    public RandomTape Random { get; } = new();

    /// <summary>A step was dropped for want of a signature: nothing of it may leave.</summary>
    public bool IsRerunDue { get; private set; }

    /// <summary>The records that came, to be offered again.</summary>
    public IReadOnlyList<byte[]> Records => _records;

    /// <summary>
    /// Remembers a record before it is decrypted where it lies. How many bytes there are is <c>PeerConduct</c>'s to limit.
    /// </summary>
    public void Received(ReadOnlySpan<byte> record) => _records.Add(record.ToArray());

    /// <summary>Remembers what has left.</summary>
    public void Sent(ReadOnlySpan<byte> output) => _sent.Write(output);

    /// <summary>Something that must be the same the second time.</summary>
    public T Once<T>(string what, Func<T> first)
    {
        if (!_once.TryGetValue(what, out var known))
            _once[what] = known = first();
        return (T)known!;
    }

    /// <summary>The signature of a hash, or an end of this step until it is in.</summary>
    /// <exception cref="SignatureAwaitedException">It is not in.</exception>
    public byte[] Sign(ITlsSigner signer, TlsSignatureScheme scheme, byte[] hash)
    {
        if (_refusal is not null)
            throw Faults.Carry(_refusal);
        if (_hash is not null)
            return _signature is not null && hash.AsSpan().SequenceEqual(_hash) ? _signature : throw Faults.Carry(CannotRepeat());

        _hash = (byte[])hash.Clone();
        try
        {
            _gate.Ask<ReadOnlyMemory<byte>>(
                decision => signer.Sign(scheme, _hash, decision),
                signature =>
                {
                    _signature = signature.IsEmpty
                        ? throw OwnFaults.Application("The signer returned an empty signature.")
                        : signature.ToArray();
                },
                isAskedOnce: true);
        }
        catch (TlsException fault)
        {
            throw Faults.Carry(fault);
        }

        if (_signature is not null)
            return _signature;

        IsRerunDue = true;
        throw new SignatureAwaitedException();
    }

    /// <summary>There will be no signature. The second time says so where it would be, in a way that the peer understands.</summary>
    public void Refuse(TlsException refusal) => _refusal = refusal;

    /// <summary>The second time begins.</summary>
    public void Rewind()
    {
        IsRerunDue = false;
        Random.Rewind();
        _recalled = 0;
        _gate.DropHeld();
    }

    /// <summary>What of the second time's output is new.</summary>
    /// <exception cref="TlsException">It does not begin with what was sent the first time.</exception>
    public ReadOnlySpan<byte> NewPartOf(ReadOnlySpan<byte> output)
    {
        var sent = _sent.WrittenSpan;
        return output.StartsWith(sent) ? output[sent.Length..] : throw CannotRepeat();
    }

    /// <summary>The handshake is over, or will sign no more.</summary>
    public void Erase()
    {
        Random.Erase();
        _records.Clear();
        _once.Clear();
        _answers.Clear();
        _sent.Clear();
        _recalled = -1;
    }

    bool IAnswerMemory.TryRecall(out object? answer)
    {
        var isKnown = _recalled >= 0 && _recalled < _answers.Count;
        answer = isKnown ? _answers[_recalled++] : null;
        return isKnown;
    }

    void IAnswerMemory.Remember(object? answer)
    {
        _answers.Add(answer);
        if (_recalled >= 0)
            _recalled++;
    }

    private static TlsException CannotRepeat() => OwnFaults.Internal(
        "The handshake did not repeat itself when its signature came: something in it is not the same the second time.");
}

/// <summary>Ends a step of BouncyCastle that needs a signature which is not in. Never leaves the core.</summary>
#pragma warning disable CA1032, CA1064 // Made in one place only, and seen in one place only.
internal sealed class SignatureAwaitedException() : Exception("A signature is awaited.");
#pragma warning restore CA1032, CA1064
