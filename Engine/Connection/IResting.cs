namespace TlsFsm.Connection;

/// <summary>Holds what it can make anew.</summary>
internal interface IResting
{
    /// <summary>Lets go of that, on its loop: there was nothing to do for a while.</summary>
    void Rest();
}

/// <summary>A loop that can tell when there is nothing to do on it.</summary>
internal interface IRestingLoop
{
    /// <summary>Who is told, on the loop, each time that it has come to rest.</summary>
    void Watch(IResting guest);

    /// <summary>On the loop: this one has ended and is told no more. Nothing holds it any longer.</summary>
    void Leave(IResting guest);
}
