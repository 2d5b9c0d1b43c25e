namespace TlsFsm.Tests.Support;

/// <summary>What is wrong with a leaf.</summary>
public enum WrongLeaf
{
    /// <summary>Nothing: for what is done to it otherwise.</summary>
    Nothing,

    /// <summary>Its signature was tampered with.</summary>
    BadSignature,

    /// <summary>Signed with SHA-1.</summary>
    WeakSignature,

    /// <summary>RSA with 1,024 bits.</summary>
    WeakKey,

    /// <summary>Signed by a leaf, which is no authority.</summary>
    NoAuthority,

    /// <summary>Its authority may sign for <c>permitted.example</c> only.</summary>
    NameConstraints,

    /// <summary>Has a critical extension that nobody knows.</summary>
    CriticalExtension,

    /// <summary>Begins in five days.</summary>
    NotYetValid,

    /// <summary>Ends in two days, of thirty.</summary>
    AboutToExpire,

    /// <summary>Has an extension of 100 KB that means nothing.</summary>
    Bulky,
}
