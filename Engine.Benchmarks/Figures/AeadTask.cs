using System.Net.Security;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>The limit: seal and open in place, nothing else.</summary>
internal sealed class AeadTask : ITask
{
    private readonly AesGcm? _gcm;
    private readonly ChaCha20Poly1305? _chaCha;
    private readonly byte[] _text;
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _additional = new byte[5];

    public AeadTask(TlsCipherSuite suite, int size)
    {
        _text = new byte[size];
        if (suite == TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256)
            _chaCha = new ChaCha20Poly1305(RandomNumberGenerator.GetBytes(32));
        else
            _gcm = new AesGcm(RandomNumberGenerator.GetBytes(16), 16);
    }

    public void Check()
    {
        RandomNumberGenerator.Fill(_text);
        var before = _text.ToArray();
        Run(1);
        WrongResultException.ThrowUnless(_text.AsSpan().SequenceEqual(before), "Open does not undo seal.");
    }

    public void Run(int operations)
    {
        for (var i = 0; i < operations; i++)
        {
            // A nonce is never used twice here either.
            BitConverter.TryWriteBytes(_nonce, BitConverter.ToInt64(_nonce) + 1);
            if (_gcm is not null)
            {
                _gcm.Encrypt(_nonce, _text, _text, _tag, _additional);
                _gcm.Decrypt(_nonce, _text, _tag, _text, _additional);
            }
            else
            {
                _chaCha!.Encrypt(_nonce, _text, _text, _tag, _additional);
                _chaCha!.Decrypt(_nonce, _text, _tag, _text, _additional);
            }
        }
    }

    public void Dispose()
    {
        _gcm?.Dispose();
        _chaCha?.Dispose();
    }
}
