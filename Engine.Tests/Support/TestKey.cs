namespace TlsFsm.Tests.Support;

/// <summary>The kinds of key that a test credential comes with.</summary>
public enum TestKey
{
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Rsa2048,
}
