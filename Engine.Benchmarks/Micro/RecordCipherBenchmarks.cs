using System.Security.Cryptography;
using BenchmarkDotNet.Attributes;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Benchmarks.Peers;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Benchmarks.Micro;

/// <summary>One record sealed and opened again, by size: our record cipher, each way that it has, over the AEAD alone.</summary>
[MemoryDiagnoser(displayGenColumns: false)]
public class RecordCipherBenchmarks : IDisposable
{
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(16), 16);
    private readonly byte[] _nonce = new byte[12];
    private readonly byte[] _tag = new byte[16];
    private readonly byte[] _additional = new byte[5];
    private AeadRecordCipher[] _mixed = [];
    private AeadRecordCipher[] _platform = [];
    private AeadRecordCipher[] _chaCha = [];
    private ShortGcm[] _managed = [];
    private byte[] _text = [];
    private byte[] _record = [];
    private RawPair[] _pairs = [];

    /// <summary>Bytes of plaintext.</summary>
    [Params(64, 256, 1024, 16384)]
    public int Size { get; set; }

    /// <summary>Real connections, whose ciphers are used.</summary>
    [GlobalSetup]
    public void Prepare()
    {
        var all = PlatformCiphers.OfThisMachine;
        var platform = all with { HasAesInstructions = false, AsksOpenSsl = false };
        _pairs = [Connect(PairSettings.Aes128, all), Connect(PairSettings.Aes128, platform), Connect(PairSettings.ChaCha20, all)];
        (_mixed, _platform, _chaCha) = (Ciphers(_pairs[0]), Ciphers(_pairs[1]), Ciphers(_pairs[2]));
        var key = RandomNumberGenerator.GetBytes(16);
        _managed = [new ShortGcm(key, isEncoder: true), new ShortGcm(key, isEncoder: false)];
        _text = RandomNumberGenerator.GetBytes(Size);
        _record = new byte[Math.Max(_mixed[0].SealedSize(Size), Size + 64)];
    }

    /// <inheritdoc/>
    [GlobalCleanup]
    public void Dispose()
    {
        _gcm.Dispose();
        foreach (var pair in _pairs)
            pair.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>As connections have it: short records by managed code, long ones by OpenSSL where it is.</summary>
    [Benchmark(Baseline = true, Description = "AES-128-GCM record, as used")]
    public int Mixed() => SealAndOpen(_mixed);

    /// <summary>All by .NET's.</summary>
    [Benchmark(Description = "AES-128-GCM record, platform")]
    public int Platform() => SealAndOpen(_platform);

    /// <summary>ChaCha20-Poly1305.</summary>
    [Benchmark(Description = "ChaCha20-Poly1305 record")]
    public int ChaCha() => SealAndOpen(_chaCha);

    /// <summary>The AEAD alone, managed.</summary>
    [Benchmark(Description = "AES-128-GCM alone, managed")]
    public int ManagedAead()
    {
        Next();
        var content = _record.AsSpan(0, Size + 16);
        _managed[0].Encrypt(_nonce, _additional, content);
        _managed[1].Decrypt(_nonce, _additional, content, content);
        return content.Length;
    }

    /// <summary>The AEAD alone, of the platform.</summary>
    [Benchmark(Description = "AES-128-GCM alone, platform")]
    public int PlatformAead()
    {
        Next();
        _gcm.Encrypt(_nonce, _text, _text, _tag, _additional);
        _gcm.Decrypt(_nonce, _text, _tag, _text, _additional);
        return _text.Length;
    }

    private int SealAndOpen(AeadRecordCipher[] ciphers)
    {
        var record = _record.AsSpan(0, ciphers[0].SealedSize(Size, ContentType.application_data));
        ciphers[0].Seal(record, _text);
        return ciphers[1].TryOpen(record, TlsRecordSize.Max, out _, out var count)
            ? count : throw new InvalidOperationException("The record was not opened.");
    }

    private void Next() => BitConverter.TryWriteBytes(_nonce, BitConverter.ToInt64(_nonce) + 1);

    private static AeadRecordCipher[] Ciphers(RawPair pair) => [pair.RecordCiphers.Client, pair.RecordCiphers.Server];

    private static RawPair Connect(PairSettings settings, PlatformCiphers platform)
    {
        var pair = new RawPair(settings, RawCrypto.Native(settings.Credential, platform));
        pair.Handshake();
        return pair;
    }
}
