using BenchmarkDotNet.Attributes;
using System.Security.Cryptography;

namespace TlsFsm.Benchmarks.Micro;

/// <summary>What the platform's AEAD takes for one record's payload, by size: the floor under every figure here.</summary>
[MemoryDiagnoser]
public class RecordCipherBenchmarks : IDisposable
{
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(16), 16);
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _additional = new byte[5];
    private byte[] _text = [];

    /// <summary>Bytes of the payload.</summary>
    [Params(64, 1024, 16384)]
    public int Size { get; set; }

    /// <summary>Makes the payload.</summary>
    [GlobalSetup]
    public void Prepare() => _text = new byte[Size];

    /// <summary>Seals and opens in place.</summary>
    [Benchmark]
    public void SealAndOpen()
    {
        _gcm.Encrypt(_nonce, _text, _text, _tag, _additional);
        _gcm.Decrypt(_nonce, _text, _tag, _text, _additional);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _gcm.Dispose();
        GC.SuppressFinalize(this);
    }
}
