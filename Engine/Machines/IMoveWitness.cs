namespace TlsFsm.Machines;

/// <summary>Sees each step of the machines when it is made. Does not throw.</summary>
internal interface IMoveWitness
{
    /// <summary>A step was made, or a fact noted that changed nothing.</summary>
    void Moved(in Transition move);
}
