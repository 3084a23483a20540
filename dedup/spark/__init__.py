"""The same stages on a Spark cluster: `pipeline` for corpora that one machine cannot hold.

DataFrames carry what `pipeline` holds in arrays, and every decision is made by the functions that make it there, on
Arrow batches in the executors: the same clusters, canonicals and texts. `job.scan` is the order of the stages.
"""
