namespace TlsFsm.BogoShim.Exchange;

/// <summary>A connection went otherwise than the flags say. No error of TLS, so it has no token: the test fails.</summary>
internal sealed class MismatchException(string what) : Exception(what);
