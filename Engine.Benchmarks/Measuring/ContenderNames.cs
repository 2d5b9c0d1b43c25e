namespace TlsFsm.Benchmarks.Measuring;

/// <summary>What the tables call the contenders.</summary>
internal static class ContenderNames
{
    public const string TlsFsm = "TlsFsm";
    public const string EngineStream = "TlsFsm (TlsStream)";
    public const string ChainBuiltAnew = "TlsFsm (each chain built anew)";
    public const string Sodium = "TlsFsm (libsodium)";
    public const string SslStream = "SslStream";
    public const string RawNative = "BouncyCastle raw, our crypto";
    public const string RawStock = "BouncyCastle raw, stock";
    public const string TlsStream = "BouncyCastle TlsStream";
    public const string Aead = "AEAD alone";
    public const string Asyncio = "CPython asyncio";
    public const string OpenSsl = "openssl s_time";
    public const string OpenSslInC = "OpenSSL in C, BIO pair";
}
