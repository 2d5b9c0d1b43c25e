namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>The secrets of a handshake that hold a keyed HMAC each, until it is over.</summary>
internal sealed class KeyedSecrets
{
    private List<KeyedSecret> _keyed = [];

    // Nothing is remembered any more by then.
    private static readonly List<KeyedSecret> None = [];

    /// <summary>Whether secrets are being derived from one another.</summary>
    public bool IsInHandshake { get; private set; } = true;

    /// <summary>Keeps track of a secret that holds a keyed HMAC.</summary>
    public void Remember(KeyedSecret secret) => _keyed.Add(secret);

    /// <summary>Lets go of all HMACs; none is kept from now on.</summary>
    public void EndHandshake()
    {
        IsInHandshake = false;
        foreach (var secret in _keyed)
            secret.ForgetMac();
        _keyed = None;
    }
}
